//! Makes a program shorter to download without changing what it does: functions that do the same become one, and those
//! that begin alike stand side by side, where a compressor finds them.
//!
//! Generic code is compiled again for each type, and much of it comes out the same. The compiler merges such functions
//! only where they call nobody, or the very same functions; here, calls of functions that do the same are the same call.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::Range;

use anyhow::Context;
use anyhow::Result;
use wasm_encoder::CodeSection;
use wasm_encoder::FunctionSection;
use wasm_encoder::Module;
use wasm_encoder::reencode::Error;
use wasm_encoder::reencode::Reencode;
use wasmparser::CodeSectionReader;
use wasmparser::FunctionBody;
use wasmparser::FunctionSectionReader;
use wasmparser::Parser;
use wasmparser::Payload;
use wasmparser::TypeRef;

use crate::locals;

/// The same program, packed.
///
/// # Errors
/// When the bytes are no WebAssembly module.
pub fn pack(wasm: &[u8]) -> Result<Vec<u8>> {
    let wasm = &locals::renumber(wasm).context("the program that wasm-bindgen wrote cannot be read")?;
    let functions = functions(wasm)?;
    let mut layout = Layout::of(&functions);
    let mut module = Module::new();
    layout.parse_core_module(&mut module, Parser::new(0), wasm)?;
    Ok(module.finish())
}

/// The functions of a module, as far as it matters here.
#[derive(Default)]
struct Functions {
    imported: usize,
    types: Vec<u32>,
    bodies: Vec<Body>,
}

/// What a function does: its code with all calls left open, and whom they call.
#[derive(Default)]
struct Body {
    code: Vec<u8>,
    calls: Vec<u32>,
}

fn functions(wasm: &[u8]) -> Result<Functions> {
    let mut found = Functions::default();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    found.imported += usize::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::FunctionSection(types) => {
                found.types = types.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::CodeSectionEntry(body) => found.bodies.push(Body::read(&body)?),
            _ => {}
        }
    }
    Ok(found)
}

impl Body {
    fn read(function: &FunctionBody<'_>) -> Result<Self, Error> {
        let mut body = Self::default();
        let mut open = body.new_function_with_parsed_locals(function)?;
        let mut reader = function.get_operators_reader()?;
        while !reader.eof() {
            open.instruction(&body.parse_instruction(&mut reader)?);
        }
        body.code = open.into_raw_body();
        Ok(body)
    }
}

impl Reencode for Body {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        self.calls.push(function);
        Ok(0)
    }
}

/// Where each function goes.
struct Layout {
    /// The new number of each function by its old one.
    numbers: Vec<u32>,
    /// The functions that are kept, in their new order, counted without the imported ones.
    kept: Vec<usize>,
}

impl Layout {
    fn of(functions: &Functions) -> Self {
        let kinds = kinds(functions);
        let imported = 0..functions.imported;
        let mut kept: Vec<usize> = (0..functions.bodies.len()).collect();
        kept.sort_by_key(|at| {
            (functions.types[*at], &functions.bodies[*at].code, kinds[functions.imported + at])
        });
        kept.dedup_by_key(|at| kinds[functions.imported + *at]);
        let places: BTreeMap<usize, usize> =
            kept.iter().enumerate().map(|(place, at)| (kinds[functions.imported + at], place)).collect();
        let number = |(at, kind): (usize, &usize)| match imported.contains(&at) {
            true => at as u32,
            false => (functions.imported + places[kind]) as u32,
        };
        Self { numbers: kinds.iter().enumerate().map(number).collect(), kept }
    }
}

/// A number for each function, the same for those that do the same.
///
/// At first, those with the same type and code are taken for the same; then those are parted that call functions of
/// different kinds, until that parts no more. So functions that call themselves, or each other, are found too.
fn kinds(functions: &Functions) -> Vec<usize> {
    let Range { start, end } = 0..functions.imported;
    let mut kinds: Vec<usize> = (start..end).collect();
    let first = functions.types.iter().zip(&functions.bodies).map(|(ty, body)| (ty, &body.code));
    let mut count = number(&mut kinds, functions.imported, first.collect());
    loop {
        let called = |body: &Body| body.calls.iter().map(|call| kinds[*call as usize]).collect::<Vec<_>>();
        let finer = kinds[functions.imported..].iter().zip(&functions.bodies);
        let finer: Vec<_> = finer.map(|(kind, body)| (*kind, called(body))).collect();
        let now = number(&mut kinds, functions.imported, finer);
        if now == count {
            return kinds;
        }
        count = now;
    }
}

/// Numbers the functions by what tells them apart, behind the imported ones; answers how many kinds there are.
fn number<T: Ord>(kinds: &mut Vec<usize>, imported: usize, marks: Vec<T>) -> usize {
    let mut known = BTreeMap::new();
    kinds.truncate(imported);
    for mark in marks {
        let next = imported + known.len();
        kinds.push(*known.entry(mark).or_insert(next));
    }
    known.len()
}

impl Reencode for Layout {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        Ok(self.numbers[function as usize])
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        let types = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for at in &self.kept {
            functions.function(types[*at]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error> {
        let bodies = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for at in self.kept.clone() {
            self.parse_function_body(code, bodies[at].clone())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::ExportKind;
    use wasm_encoder::ExportSection;
    use wasm_encoder::Function;
    use wasm_encoder::Instruction;
    use wasm_encoder::TypeSection;
    use wasm_encoder::ValType;
    use wasmparser::Operator;

    use super::*;

    /// Two functions that call themselves and are otherwise the same, one that differs, and one that calls all three.
    fn module() -> Vec<u8> {
        let call = |numbers: &[i32], calls: &[u32]| {
            let mut function = Function::new([]);
            for number in numbers {
                function.instruction(&Instruction::I32Const(*number));
                function.instruction(&Instruction::Drop);
            }
            for call in calls {
                function.instruction(&Instruction::Call(*call));
            }
            function.instruction(&Instruction::End);
            function
        };
        let (mut types, mut functions) = (TypeSection::new(), FunctionSection::new());
        types.ty().function([], [] as [ValType; 0]);
        let mut code = CodeSection::new();
        for body in [call(&[1], &[0]), call(&[9, 9], &[0, 1, 2]), call(&[1], &[2]), call(&[2], &[3])] {
            functions.function(0);
            code.function(&body);
        }
        let mut exports = ExportSection::new();
        exports.export("all", ExportKind::Func, 1).export("same", ExportKind::Func, 2);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&exports).section(&code);
        module.finish()
    }

    #[test]
    fn functions_that_do_the_same_become_one_and_calls_and_exports_follow() {
        let packed = functions(&pack(&module()).unwrap()).unwrap();
        let calls: Vec<&[u32]> = packed.bodies.iter().map(|body| &body.calls[..]).collect();
        assert_eq!(calls, [&[0][..], &[1], &[0, 2, 0]], "{calls:?}");
        let again = pack(&module()).unwrap();
        assert_eq!(pack(&again).unwrap(), again, "there is nothing left to merge");
        let operators = |wasm: &[u8]| {
            let mut count = 0;
            for payload in Parser::new(0).parse_all(wasm) {
                if let Payload::CodeSectionEntry(body) = payload.unwrap() {
                    let reader = body.get_operators_reader().unwrap();
                    count += reader.into_iter().filter(|op| matches!(op, Ok(Operator::Drop))).count();
                }
            }
            count
        };
        assert_eq!((operators(&module()), operators(&again)), (5, 4));
    }
}
