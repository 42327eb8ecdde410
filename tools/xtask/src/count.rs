//! Counts tests by the closing lines of the tools that ran them.

/// How many tests passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

/// Reads the output of one part of a run, line by line.
#[derive(Default)]
pub struct Reader {
    counts: Counts,
    /// Of files named `NAME.json N passed, …`, until a closing line of their runner says the same again.
    named: Counts,
}

impl Reader {
    /// Takes in one line: a closing line of cargo's tests, of Node's, or of a runner of our own.
    pub fn read(&mut self, line: &str) {
        let line = line.trim();
        if let Some(result) = line.strip_prefix("test result: ") {
            self.counts.add_parts(result.split_once(". ").map_or("", |(_, parts)| parts), ';');
        } else if let Some(node) = line.strip_prefix("# ") {
            self.counts.add_node(node);
        } else if is_closing(line) {
            self.named = Counts::default();
            self.counts.add_parts(line, ',');
        } else if let Some((name, rest)) = line.split_once(' ')
            && name.ends_with(".json")
            && is_closing(rest)
        {
            self.named.add_parts(rest, ',');
        }
    }

    /// All that was counted.
    pub fn finish(mut self) -> Counts {
        self.counts.add(self.named);
        self.counts
    }
}

impl Counts {
    /// Adds other counts.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    fn add_parts(&mut self, text: &str, separator: char) {
        for (number, word) in text.split(separator).filter_map(numbered) {
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" | "skipped" | "later" => self.skipped += number,
                _ => {}
            }
        }
    }

    /// `# pass 3`, `# fail 0`, `# skipped 1`: cancelled tests did not pass, and a todo is a test not run.
    fn add_node(&mut self, text: &str) {
        let Some((word, number)) = text.split_once(' ') else { return };
        let Ok(number) = number.parse::<u64>() else { return };
        match word {
            "pass" => self.passed += number,
            "fail" | "cancelled" => self.failed += number,
            "skipped" | "todo" => self.skipped += number,
            _ => {}
        }
    }
}

/// Nothing but `N passed, N failed[, N skipped]`.
fn is_closing(line: &str) -> bool {
    let words: Vec<&str> = line.split(", ").filter_map(numbered).map(|(_, word)| word).collect();
    words.len() == line.split(", ").count() && words.starts_with(&["passed", "failed"])
}

fn numbered(part: &str) -> Option<(u64, &str)> {
    let (number, word) = part.trim().split_once(' ')?;
    let plain = word.chars().all(|c| c.is_ascii_lowercase() || c == ' ');
    plain.then_some((number.parse().ok()?, word))
}

#[cfg(test)]
mod tests {
    use super::Counts;
    use super::Reader;

    fn read(text: &str) -> Counts {
        let mut reader = Reader::default();
        text.lines().for_each(|line| reader.read(line));
        reader.finish()
    }

    #[test]
    fn closing_lines_of_cargo_are_counted() {
        let text = "running 3 tests\n\
            test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.10s\n\
            test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s";
        assert_eq!(read(text), Counts { passed: 15, failed: 2, skipped: 1 });
    }

    #[test]
    fn closing_lines_of_node_are_counted_once() {
        let text = "# Subtest: the page\n# tests 6\n# suites 0\n# pass 4\n# fail 1\n# cancelled 1\n# skipped 2\n# todo 0\n# duration_ms 71";
        assert_eq!(read(text), Counts { passed: 4, failed: 2, skipped: 2 });
    }

    #[test]
    fn files_of_our_own_runner_are_counted_once_with_or_without_a_closing_line() {
        let files = "murmur2.json 12 passed, 0 failed, 0 later\nvarint.json 5 passed, 1 failed, 3 later";
        let expected = Counts { passed: 17, failed: 1, skipped: 3 };
        assert_eq!(read(files), expected);
        assert_eq!(read(&format!("{files}\n17 passed, 1 failed, 3 later")), expected);
    }

    #[test]
    fn prose_is_not_a_count() {
        assert_eq!(
            read("12 records passed, 3 failed over\n# pass the salt\ntest result: odd"),
            Counts::default()
        );
    }
}
