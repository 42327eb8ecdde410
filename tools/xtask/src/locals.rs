//! Numbers the locals of each function by how often they are used, the most used first, and leaves out those that
//! nobody uses: the compiler numbers them as they come, and small numbers that come often are what a compressor likes.

use std::cmp::Reverse;
use std::convert::Infallible;

use anyhow::Result;
use wasm_encoder::CodeSection;
use wasm_encoder::Function;
use wasm_encoder::Instruction;
use wasm_encoder::Module;
use wasm_encoder::ValType;
use wasm_encoder::reencode::Error;
use wasm_encoder::reencode::Reencode;
use wasm_encoder::reencode::utils;
use wasmparser::FunctionBody;
use wasmparser::Operator;
use wasmparser::Parser;
use wasmparser::Payload;

/// The same program with its locals numbered anew.
///
/// # Errors
/// When the bytes are no WebAssembly module.
pub fn renumber(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut locals = Locals::of(wasm)?;
    let mut module = Module::new();
    locals.parse_core_module(&mut module, Parser::new(0), wasm)?;
    Ok(module.finish())
}

struct Locals {
    /// How many parameters the functions have whose code is still to come, the next one last.
    parameters: Vec<usize>,
    /// The new numbers of the locals of the function at hand.
    numbers: Vec<u32>,
}

impl Locals {
    fn of(wasm: &[u8]) -> Result<Self> {
        let (mut of_type, mut parameters) = (Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(types) => {
                    for ty in types.into_iter_err_on_gc_types() {
                        of_type.push(ty?.params().len());
                    }
                }
                Payload::FunctionSection(functions) => {
                    for ty in functions {
                        parameters.push(of_type[ty? as usize]);
                    }
                }
                _ => {}
            }
        }
        parameters.reverse();
        Ok(Self { parameters, numbers: Vec::new() })
    }

    fn number(&self, local: u32) -> u32 {
        self.numbers[local as usize]
    }
}

/// Which local an instruction is about.
fn used(operator: &Operator<'_>) -> Option<u32> {
    match operator {
        Operator::LocalGet { local_index }
        | Operator::LocalSet { local_index }
        | Operator::LocalTee { local_index } => Some(*local_index),
        _ => None,
    }
}

impl Reencode for Locals {
    type Error = Infallible;

    fn instruction<'a>(&mut self, operator: Operator<'a>) -> Result<Instruction<'a>, Error> {
        Ok(match operator {
            Operator::LocalGet { local_index } => Instruction::LocalGet(self.number(local_index)),
            Operator::LocalSet { local_index } => Instruction::LocalSet(self.number(local_index)),
            Operator::LocalTee { local_index } => Instruction::LocalTee(self.number(local_index)),
            other => utils::instruction(self, other)?,
        })
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Error> {
        let parameters = self.parameters.pop().unwrap_or_default();
        let mut types: Vec<ValType> = Vec::new();
        for group in body.get_locals_reader()? {
            let (count, ty) = group?;
            types.extend(std::iter::repeat_n(self.val_type(ty)?, count as usize));
        }
        let mut uses = vec![0_usize; parameters + types.len()];
        for operator in body.get_operators_reader()? {
            if let Some(local) = used(&operator?) {
                uses[local as usize] += 1;
            }
        }
        let mut order: Vec<usize> = (0..types.len()).filter(|local| uses[parameters + local] > 0).collect();
        order.sort_by_key(|local| (types[*local], Reverse(uses[parameters + local])));
        self.numbers = (0..uses.len() as u32).collect();
        for (place, local) in order.iter().enumerate() {
            self.numbers[parameters + local] = (parameters + place) as u32;
        }
        let mut function = Function::new_with_locals_types(order.iter().map(|local| types[*local]));
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            function.instruction(&self.parse_instruction(&mut reader)?);
        }
        code.function(&function);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::FunctionSection;
    use wasm_encoder::TypeSection;

    use super::*;

    #[test]
    fn what_is_used_most_has_the_smallest_number_behind_the_parameters() {
        let (mut types, mut functions, mut code) =
            (TypeSection::new(), FunctionSection::new(), CodeSection::new());
        types.ty().function([ValType::I32], []);
        functions.function(0);
        let mut function = Function::new([(1, ValType::I64), (3, ValType::I32)]);
        for local in [0, 2, 4, 4, 1] {
            function.instruction(&Instruction::LocalGet(local)).instruction(&Instruction::Drop);
        }
        function.instruction(&Instruction::End);
        code.function(&function);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&code);
        let numbered = renumber(&module.finish()).unwrap();
        for payload in Parser::new(0).parse_all(&numbered) {
            if let Payload::CodeSectionEntry(body) = payload.unwrap() {
                let groups: Vec<u32> =
                    body.get_locals_reader().unwrap().into_iter().map(|g| g.unwrap().0).collect();
                assert_eq!(groups, [2, 1], "two numbers of 32 bits, then one of 64; one was not used");
                let operators = body.get_operators_reader().unwrap().into_iter();
                let locals: Vec<u32> = operators.filter_map(|operator| used(&operator.unwrap())).collect();
                assert_eq!(locals, [0, 2, 1, 1, 3]);
            }
        }
    }
}
