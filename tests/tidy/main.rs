//! What reviewers would have to say again and again, said by a test instead, with file and line.
//!
//! Each rule is a function from a source to findings, and is tried on a bad line too: a rule that finds nothing
//! anywhere would look just like a tidy house.

mod colours;
mod floors;
mod source;
mod words;

use source::Finding;
use source::Source;

fn check(sources: &[Source], rule: impl Fn(&Source) -> Vec<Finding>) {
    assert!(!sources.is_empty(), "found no file to check");
    let findings: Vec<String> = sources.iter().flat_map(rule).map(|finding| finding.to_string()).collect();
    assert!(findings.is_empty(), "{} findings\n{}", findings.len(), findings.join("\n"));
}

/// What one bad line is told by a rule, without its place.
fn told(path: &str, text: &str, rule: impl Fn(&Source) -> Vec<Finding>) -> Vec<String> {
    rule(&Source::new(path, text)).into_iter().map(|finding| finding.what).collect()
}

#[test]
fn imports_go_down_only() {
    check(&source::rust("src"), floors::imports);
}

#[test]
fn imports_are_spelled_one_module_a_line() {
    check(&source::rust("src"), words::imports);
}

#[test]
fn the_engine_has_no_clock_thread_file_or_browser() {
    check(&source::rust("src"), words::outside_world);
}

#[test]
fn nothing_is_left_for_later() {
    check(&source::all(), words::left_for_later);
}

#[test]
fn maps_have_an_order() {
    check(&source::rust("src"), words::maps);
}

#[test]
fn every_module_says_what_it_is() {
    check(&source::rust("src"), words::module_header);
    check(&source::rust("tests"), words::module_header);
    check(&source::rust("tools"), words::module_header);
}

#[test]
fn colours_live_in_the_token_file() {
    check(&source::all(), colours::literals);
}
