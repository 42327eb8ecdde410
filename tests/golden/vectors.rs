//! Small vectors: hashes, variable-length integers, check sums, ids.

use kafkascope::kafka::base;
use kafkascope::kafka::base::Uuid;
use kafkascope::kafka::record::varint;
use serde_json::Value;

use super::report::Report;
use super::report::hex;
use super::report::int;
use super::report::same;
use super::report::text;
use super::report::to_hex;

pub(crate) fn murmur2(data: &Value, report: &mut Report) {
    report.cases(
        data,
        "cases",
        &[
            "key_utf8",
            "key_hex",
            "murmur2",
            "to_positive",
            "partition_of_3",
            "partition_of_6",
            "partition_of_50",
        ],
        |case| {
            let key = hex(case, "key_hex")?;
            if !case["key_utf8"].is_null() {
                same("key_hex", to_hex(text(case, "key_utf8")?.as_bytes()), to_hex(&key))?;
            }
            let hash = base::murmur2(&key);
            same("murmur2", i64::from(hash), int(case, "murmur2")?)?;
            same("to_positive", i64::from(base::to_positive(hash)), int(case, "to_positive")?)?;
            for partitions in [3, 6, 50] {
                let field = format!("partition_of_{partitions}");
                same(&field, i64::from(base::partition_for_key(&key, partitions)), int(case, &field)?)?;
            }
            Ok(())
        },
    );
}

pub(crate) fn crc32c(data: &Value, report: &mut Report) {
    report.cases(data, "cases", &["hex", "ascii", "crc32c_unsigned"], |case| {
        let crc = kafkascope::kafka::record::crc32c(&hex(case, "hex")?);
        same("crc32c_unsigned", i64::from(crc), int(case, "crc32c_unsigned")?)
    });
}

pub(crate) fn uuid(data: &Value, report: &mut Report) {
    report.cases(data, "cases", &["msb", "lsb", "string", "hash_code"], |case| {
        let (msb, lsb) = (int(case, "msb")?, int(case, "lsb")?);
        let id = Uuid::from_parts(msb as u64, lsb as u64);
        let printed = text(case, "string")?;
        same("string", id.to_string().as_str(), printed)?;
        same("the id of the string", Uuid::from_base64(printed).map_err(|error| error.to_string())?, id)?;
        same("hash_code", i64::from(base::java_hash_long(msb ^ lsb)), int(case, "hash_code")?)
    });
}

pub(crate) fn group_hash(data: &Value, report: &mut Report) {
    let fields = &["id", "java_hash_code", "utils_abs", "partition_of_50", "WRONG_if_masked_of_50"];
    report.cases(data, "cases", fields, |case| {
        let hash = base::java_hash(text(case, "id")?);
        same("java_hash_code", i64::from(hash), int(case, "java_hash_code")?)?;
        same("utils_abs", i64::from(base::java_abs(hash)), int(case, "utils_abs")?)?;
        same("partition_of_50", i64::from(base::java_abs(hash) % 50), int(case, "partition_of_50")?)?;
        same(
            "WRONG_if_masked_of_50",
            i64::from(base::to_positive(hash) % 50),
            int(case, "WRONG_if_masked_of_50")?,
        )
    });
}

pub(crate) fn varint(data: &Value, report: &mut Report) {
    let fields = &["int32", "varint_zigzag_hex", "size", "unsigned_varint_hex", "unsigned_size"];
    report.cases(data, "varint_cases", fields, int32);
    report.cases(data, "varlong_cases", &["int64", "varlong_zigzag_hex", "size"], int64);
    report.cases(data, "invalid", &["type", "hex", "expected"], |case| {
        let bytes = hex(case, "hex")?;
        let (failed, limit) = match text(case, "type")? {
            "varint" => (varint::read_int(&bytes, &mut 0).err(), 5),
            "unsigned_varint" => (varint::read_unsigned(&bytes, &mut 0).err(), 5),
            "varlong" => (varint::read_long(&bytes, &mut 0).err(), 10),
            other => return Err(format!("unknown type \"{other}\"")),
        };
        same("error", failed, Some(varint::VarintError::TooLong))?;
        same(
            "expected",
            format!("IllegalArgumentException (more than {limit} bytes)").as_str(),
            text(case, "expected")?,
        )
    });
}

fn int32(case: &Value) -> Result<(), String> {
    let number = int(case, "int32")? as i32;
    let mut out = Vec::new();
    varint::write_int(&mut out, number);
    same("varint_zigzag_hex", to_hex(&out).as_str(), text(case, "varint_zigzag_hex")?)?;
    same("size", varint::size_of_int(number) as i64, int(case, "size")?)?;
    same("read again", varint::read_int(&out, &mut 0), Ok(number))?;
    let mut out = Vec::new();
    varint::write_unsigned(&mut out, number as u32);
    same("unsigned_varint_hex", to_hex(&out).as_str(), text(case, "unsigned_varint_hex")?)?;
    same("unsigned_size", varint::size_of_unsigned(number as u32) as i64, int(case, "unsigned_size")?)?;
    same("read again", varint::read_unsigned(&out, &mut 0), Ok(number as u32))
}

fn int64(case: &Value) -> Result<(), String> {
    let number = int(case, "int64")?;
    let mut out = Vec::new();
    varint::write_long(&mut out, number);
    same("varlong_zigzag_hex", to_hex(&out).as_str(), text(case, "varlong_zigzag_hex")?)?;
    same("size", varint::size_of_long(number) as i64, int(case, "size")?)?;
    same("read again", varint::read_long(&out, &mut 0), Ok(number))
}
