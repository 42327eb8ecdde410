use std::io::Write as _;

use bytes::Bytes;
use rawzip::CompressionMethod;

use super::BrokenKind;
use super::Directory;
use super::Foreign;
use super::ForeignError;
use super::archive;
use crate::kafka::storage::names;
use crate::view::tests::log_of;
use crate::view::tests::orders;

fn file(disk: &crate::lab::disk::Disk, path: &str) -> Vec<u8> {
    let file = disk.file(path).unwrap();
    file.peek(0, file.len() as usize).to_vec()
}

fn opened(name: &str, bytes: &[u8]) -> Result<Foreign, ForeignError> {
    Foreign::open(vec![(name.to_owned(), Bytes::copy_from_slice(bytes))])
}

#[test]
fn a_directory_goes_out_as_a_zip_and_comes_in_again() {
    let (disk, log) = log_of(12);
    let live = Directory::new(&disk, Some(&log), "orders-0");
    let zip = archive(&disk, Some("orders-0")).unwrap();
    assert!(zip.len() < 8_000, "{} bytes: preallocated zeros stay behind", zip.len());
    assert_eq!(zip, archive(&disk, None).unwrap(), "there is no other directory");

    let foreign = opened("orders-0.zip", &zip).unwrap();
    assert_eq!(foreign.dirs(), ["orders-0"]);
    assert_eq!(Foreign::partition("orders-0"), orders());
    let there = foreign.directory("orders-0");
    let (before, after) = (live.view(1, &orders(), 0), there.view(0, &orders(), 0));
    assert_eq!(after.log_end, 12);
    assert_eq!(after.epochs, before.epochs);
    for base in [0, 5, 10] {
        let (mine, theirs) = (live.segment(base, base), there.segment(base, base));
        assert_eq!((mine.index, mine.times, mine.batches), (theirs.index, theirs.times, theirs.batches));
        assert_eq!(theirs.broken, None);
    }
    let index =
        after.segments[2].beside.iter().find(|file| file.name.ends_with(names::INDEX_SUFFIX)).unwrap();
    assert_eq!(index.bytes, index.used, "cut as Kafka cuts it when it closes a log");
}

#[test]
fn a_deflated_zip_is_read_too() {
    let (disk, _) = log_of(4);
    let log = file(&disk, "orders-0/00000000000000000000.log");
    let mut zip = rawzip::ZipArchiveWriter::new(Vec::new());
    let path = "data/kafka/orders-0/00000000000000000000.log";
    let (mut entry, config) =
        zip.new_file(path).compression_method(CompressionMethod::DEFLATE).start().unwrap();
    let mut writer =
        config.wrap(flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::default()));
    writer.write_all(&log).unwrap();
    let (encoder, descriptor) = writer.finish().unwrap();
    encoder.finish().unwrap();
    entry.finish(descriptor).unwrap();
    let zip = zip.finish().unwrap();
    let foreign = opened("logs.zip", &zip).unwrap();
    assert_eq!(foreign.directory("orders-0").segment(0, 0).batches.len(), 4);

    let torn = opened("logs.zip", &zip[..zip.len() - 30]);
    assert!(matches!(torn, Err(ForeignError::Zip { .. })), "{torn:?}");
}

#[test]
fn a_log_under_any_name_is_placed_by_its_first_batch() {
    let (disk, _) = log_of(12);
    let foreign = opened("from-production.log", &file(&disk, "orders-0/00000000000000000005.log")).unwrap();
    let directory = foreign.directory("opened-0");
    assert_eq!(directory.bases(), [5]);
    assert_eq!(directory.end(), 10);
}

#[test]
fn an_index_alone_shows_its_entries() {
    let (disk, _) = log_of(12);
    let foreign =
        opened("00000000000000000005.index", &file(&disk, "orders-0/00000000000000000005.index")).unwrap();
    let contents = foreign.directory("opened-0").segment(5, 5);
    let entries: Vec<_> = contents.index.iter().map(|entry| (entry.offset, entry.position)).collect();
    assert_eq!(entries, [(7, 230), (9, 460)]);
    assert!(contents.batches.is_empty());
}

#[test]
fn of_a_broken_segment_the_good_part_is_shown_and_the_first_bad_byte_named() {
    let (disk, _) = log_of(4);
    let whole = file(&disk, "orders-0/00000000000000000000.log");
    let broken = |bytes: &[u8]| {
        let foreign = opened("00000000000000000000.log", bytes).unwrap();
        let contents = foreign.directory("opened-0").segment(0, 0);
        let broken = contents.broken.unwrap();
        (contents.batches.len(), broken.position + broken.first_bad as u64, broken.kind)
    };
    assert_eq!(
        broken(&whole[..300]),
        (2, 300, BrokenKind::Cut { size: Some(115) }),
        "inside the third batch"
    );
    assert_eq!(broken(&whole[..233]), (2, 233, BrokenKind::Cut { size: None }), "inside its first field");
    let with = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        broken(&bytes)
    };
    assert_eq!(with(115 + 16, 1), (1, 131, BrokenKind::OldFormat(1)));
    let (good, byte, kind) = with(115 + 16, 9);
    assert!(
        matches!(&kind, BrokenKind::NoBatch(why) if why.to_string().contains("message format 9")),
        "{kind:?}"
    );
    assert_eq!((good, byte), (1, 131));
    let (good, byte, kind) = with(115 + 8, 0x80);
    assert!(matches!(kind, BrokenKind::NoBatch(_)), "a length below zero: {kind:?}");
    assert_eq!((good, byte), (1, 123));
    let zeros = [whole.as_slice(), &[0; 200]].concat();
    assert_eq!(broken(&zeros), (4, 460, BrokenKind::Zeros));
}

#[test]
fn what_is_no_segment_is_refused_by_its_name() {
    let refused = opened("holiday.png", b"\x89PNG\r\n\x1a\n").unwrap_err();
    assert_eq!(refused, ForeignError::NoSegment { name: "holiday.png".into() });
    assert!(matches!(opened("x.zip", b"PK\x03\x04 not a zip"), Err(ForeignError::Zip { .. })));
}
