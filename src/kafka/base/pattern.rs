//! Regular expressions over names (Kafka: RE2/J on the broker, `java.util.regex` in consumers), matched as a whole.
//!
//! What people write for topic names: literals, `.`, classes, groups, alternatives, `* + ? {n,m}`, `\d \w \s`, anchors.
//! Back references and look-around are refused, as RE2/J does. Matching is linear in the text.

use std::fmt;

use super::Name;

/// A compiled expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    steps: Vec<Step>,
}

/// Why an expression is not one, in the words of RE2/J.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PatternError(pub Name);

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PatternError {}

/// Most that a `{n,m}` may say (RE2/J).
const MAX_REPEAT: u32 = 1_000;
/// How deep groups may stand in each other, and how long a program may get.
const MAX_DEPTH: usize = 100;
const MAX_STEPS: usize = 50_000;

/// A step of the program: eat one character, or go on elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    Eat(Class),
    Jump(usize),
    Either(usize, usize),
    Start,
    End,
    Match,
}

/// Characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Class {
    ranges: Vec<(char, char)>,
    negated: bool,
}

impl Class {
    fn has(&self, c: char) -> bool {
        self.ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != self.negated
    }
}

/// What an expression is made of.
#[derive(Clone)]
enum Node {
    Nothing,
    Eat(Class),
    Start,
    End,
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Repeat(Box<Node>, u32, Option<u32>),
}

impl Pattern {
    /// Compiles an expression.
    ///
    /// # Errors
    /// When it is not one, or uses what RE2/J refuses.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        let mut parser = Parser { rest: text, depth: 0 };
        let node = parser.alternatives()?;
        if !parser.rest.is_empty() {
            return Err(error("unexpected )"));
        }
        let mut steps = Vec::new();
        compile(&node, &mut steps)?;
        steps.push(Step::Match);
        Ok(Self { steps })
    }

    /// Whether the whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        let mut states = States::new(self.steps.len());
        self.reach(&mut states, 0, true, text.is_empty());
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            let before = std::mem::replace(&mut states, States::new(self.steps.len()));
            for at in before.list {
                if let Step::Eat(class) = &self.steps[at]
                    && class.has(c)
                {
                    self.reach(&mut states, at + 1, false, rest.peek().is_none());
                }
            }
        }
        states.list.iter().any(|at| self.steps[*at] == Step::Match)
    }

    /// Enters a step and all that follow without eating.
    fn reach(&self, states: &mut States, at: usize, first: bool, last: bool) {
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut states.seen[at], true) {
                continue;
            }
            match &self.steps[at] {
                Step::Jump(to) => open.push(*to),
                Step::Either(one, other) => open.extend([*one, *other]),
                Step::Start if first => open.push(at + 1),
                Step::End if last => open.push(at + 1),
                Step::Eat(_) | Step::Match => states.list.push(at),
                Step::Start | Step::End => {}
            }
        }
    }
}

/// The steps that a text may be at.
struct States {
    list: Vec<usize>,
    seen: Vec<bool>,
}

impl States {
    fn new(steps: usize) -> Self {
        Self { list: Vec::new(), seen: vec![false; steps] }
    }
}

fn compile(node: &Node, steps: &mut Vec<Step>) -> Result<(), PatternError> {
    if steps.len() > MAX_STEPS {
        return Err(error("expression too large"));
    }
    match node {
        Node::Nothing => {}
        Node::Eat(class) => steps.push(Step::Eat(class.clone())),
        Node::Start => steps.push(Step::Start),
        Node::End => steps.push(Step::End),
        Node::Sequence(nodes) => nodes.iter().try_for_each(|node| compile(node, steps))?,
        Node::Either(nodes) => {
            let mut ends = Vec::new();
            for (at, node) in nodes.iter().enumerate() {
                let fork = steps.len();
                let last = at + 1 == nodes.len();
                if !last {
                    steps.push(Step::Match);
                }
                compile(node, steps)?;
                if !last {
                    ends.push(steps.len());
                    steps.push(Step::Match);
                    steps[fork] = Step::Either(fork + 1, steps.len());
                }
            }
            for end in ends {
                steps[end] = Step::Jump(steps.len());
            }
        }
        Node::Repeat(node, least, most) => {
            for _ in 0..*least {
                compile(node, steps)?;
            }
            let fork = steps.len();
            match most {
                None => {
                    steps.push(Step::Match);
                    compile(node, steps)?;
                    steps.push(Step::Jump(fork));
                    steps[fork] = Step::Either(fork + 1, steps.len());
                }
                Some(most) => {
                    let mut forks = Vec::new();
                    for _ in *least..*most {
                        forks.push(steps.len());
                        steps.push(Step::Match);
                        compile(node, steps)?;
                    }
                    for fork in forks {
                        steps[fork] = Step::Either(fork + 1, steps.len());
                    }
                }
            }
        }
    }
    Ok(())
}

fn error(text: &str) -> PatternError {
    PatternError(Name::from(text))
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn skip(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn alternatives(&mut self) -> Result<Node, PatternError> {
        let mut nodes = vec![self.sequence()?];
        while self.skip("|") {
            nodes.push(self.sequence()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Either(nodes) })
    }

    fn sequence(&mut self) -> Result<Node, PatternError> {
        let mut nodes = Vec::new();
        while let Some(c) = self.rest.chars().next().filter(|c| !matches!(c, '|' | ')')) {
            if matches!(c, '*' | '+' | '?') {
                return Err(error(&format!("missing argument to repetition operator: {c}")));
            }
            let atom = self.atom()?;
            nodes.push(self.repeated(atom)?);
        }
        Ok(Node::Sequence(nodes))
    }

    fn atom(&mut self) -> Result<Node, PatternError> {
        Ok(match self.next() {
            Some('.') => Node::Eat(Class { ranges: vec![('\n', '\n')], negated: true }),
            Some('^') => Node::Start,
            Some('$') => Node::End,
            Some('(') => return self.group(),
            Some('[') => Node::Eat(self.class()?),
            Some('\\') => match self.next() {
                Some('A') => Node::Start,
                Some('z') => Node::End,
                Some('Q') => {
                    let quoted = self.rest.split("\\E").next().unwrap_or_default();
                    self.rest = &self.rest[quoted.len()..];
                    self.skip("\\E");
                    Node::Sequence(quoted.chars().map(|c| Node::Eat(single(c))).collect())
                }
                c => Node::Eat(escape(c)?),
            },
            Some(c) => Node::Eat(single(c)),
            None => Node::Nothing,
        })
    }

    fn group(&mut self) -> Result<Node, PatternError> {
        if self.rest.starts_with('?') && !self.skip("?:") {
            let named = self.skip("?P<")
                || (!self.rest.starts_with("?<=") && !self.rest.starts_with("?<!") && self.skip("?<"));
            if !named || !self.rest.contains('>') {
                return Err(error(&format!(
                    "invalid or unsupported Perl syntax: (?{}",
                    self.rest.get(1..2).unwrap_or("")
                )));
            }
            while self.next().is_some_and(|c| c != '>') {}
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(error("expression nests too deeply"));
        }
        let node = self.alternatives()?;
        self.depth -= 1;
        if self.skip(")") { Ok(node) } else { Err(error("missing closing )")) }
    }

    fn repeated(&mut self, atom: Node) -> Result<Node, PatternError> {
        let (least, most) = if self.skip("*") {
            (0, None)
        } else if self.skip("+") {
            (1, None)
        } else if self.skip("?") {
            (0, Some(1))
        } else if let Some(bounds) = self.bounds() {
            bounds
        } else {
            return Ok(atom);
        };
        if least > MAX_REPEAT || most.is_some_and(|most| most > MAX_REPEAT || most < least) {
            return Err(error("invalid repeat count"));
        }
        // Being lazy changes what a part matches, not whether the whole does.
        self.skip("?");
        if self.rest.starts_with(['*', '+', '?']) {
            return Err(error("invalid nested repetition operator"));
        }
        Ok(Node::Repeat(Box::new(atom), least, most))
    }

    /// `{n}`, `{n,}` or `{n,m}`; anything else that begins with a brace is text.
    fn bounds(&mut self) -> Option<(u32, Option<u32>)> {
        let (inside, rest) = self.rest.strip_prefix('{')?.split_once('}')?;
        let number =
            |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        let bounds = match inside.split_once(',') {
            None => (number(inside)?, Some(number(inside)?)),
            Some((least, "")) => (number(least)?, None),
            Some((least, most)) => (number(least)?, Some(number(most)?)),
        };
        self.rest = rest;
        Some(bounds)
    }

    fn class(&mut self) -> Result<Class, PatternError> {
        let mut class = Class { ranges: Vec::new(), negated: self.skip("^") };
        let mut first = true;
        loop {
            let low = match self.next() {
                None => return Err(error("missing closing ]")),
                Some(']') if !first => return Ok(class),
                Some('\\') => {
                    let escaped = escape(self.next())?;
                    let [(low, high)] = escaped.ranges[..] else {
                        class.ranges.extend(escaped.ranges);
                        first = false;
                        continue;
                    };
                    if low != high {
                        class.ranges.push((low, high));
                        first = false;
                        continue;
                    }
                    low
                }
                Some(c) => c,
            };
            first = false;
            let mut after = self.rest.chars();
            let high = match (after.next(), after.next()) {
                (Some('-'), Some(high)) if high != ']' => {
                    self.next();
                    self.next();
                    high
                }
                _ => low,
            };
            if high < low {
                return Err(error("invalid character class range"));
            }
            class.ranges.push((low, high));
        }
    }
}

fn single(c: char) -> Class {
    Class { ranges: vec![(c, c)], negated: false }
}

fn escape(c: Option<char>) -> Result<Class, PatternError> {
    let Some(c) = c else { return Err(error("trailing \\ at end of expression")) };
    let word = vec![('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
    let space = vec![('\t', '\n'), ('\x0c', '\r'), (' ', ' ')];
    let ranges = match c.to_ascii_lowercase() {
        'd' => vec![('0', '9')],
        'w' => word,
        's' => space,
        't' if c == 't' => vec![('\t', '\t')],
        'n' if c == 'n' => vec![('\n', '\n')],
        _ if c.is_ascii_alphanumeric() || !c.is_ascii() => {
            return Err(error(&format!("invalid escape sequence: \\{c}")));
        }
        _ => return Ok(single(c)),
    };
    Ok(Class { ranges, negated: matches!(c, 'D' | 'W' | 'S') })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_matches_whole_names() {
        for (pattern, yes, no) in [
            ("foo.*", "foo1 foo foo.bar", "afoo bar"),
            ("foo|bar", "foo bar", "foobar fo"),
            ("(a|b)+c?", "a ab abc", "c acb"),
            ("orders-[0-9]{2,3}", "orders-10 orders-123", "orders-1 orders-1234"),
            ("[^_].*", "orders x", "__consumer_offsets _x"),
            ("\\w+\\.v\\d", "a_b.v1", "a-b.v1 a_bxv1"),
            ("^a$", "a", "aa b"),
            ("(?:x|y)*?z", "z xyz", "xy"),
            ("a{2}", "aa", "a aaa"),
            ("[a-c\\d-]+", "a-1", "d"),
            ("", "", "a"),
        ] {
            let compiled = Pattern::new(pattern).unwrap();
            let names = |list: &str| list.split(' ').map(str::to_owned).collect::<Vec<_>>();
            assert!(names(yes).iter().all(|name| compiled.matches(name)), "{pattern} matches {yes}");
            assert!(names(no).iter().all(|name| !compiled.matches(name)), "{pattern} does not match {no}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused_by_the_words_of_re2() {
        for (pattern, why) in [
            ("[", "missing closing ]"),
            ("(a", "missing closing )"),
            ("a)", "unexpected )"),
            ("*a", "missing argument to repetition operator: *"),
            ("a**", "invalid nested repetition operator"),
            ("a\\", "trailing \\ at end of expression"),
            ("(?=a)", "invalid or unsupported Perl syntax: (?="),
            ("a{3,2}", "invalid repeat count"),
            ("\\1", "invalid escape sequence: \\1"),
        ] {
            assert_eq!(Pattern::new(pattern).unwrap_err().to_string(), why, "{pattern}");
        }
    }

    #[test]
    fn a_hostile_expression_is_matched_in_linear_time() {
        let pattern = Pattern::new("(a*)*b").unwrap();
        assert!(!pattern.matches(&"a".repeat(10_000)));
        assert!(Pattern::new("((a{1000}){1000}){1000}").is_err());
        assert!(Pattern::new(&"(".repeat(100_000)).is_err());
    }
}
