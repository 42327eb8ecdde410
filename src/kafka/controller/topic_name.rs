//! Which names a topic may have (`org.apache.kafka.common.internals.Topic`).

const MAX_NAME_LENGTH: usize = 249;

/// Refuses names that cannot be a directory on every system.
///
/// # Errors
/// Kafka's sentence for INVALID_TOPIC_EXCEPTION.
pub(super) fn validate(name: &str) -> Result<(), String> {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let why = match name {
        "" => "the empty string is not allowed".to_owned(),
        "." => "'.' is not allowed".to_owned(),
        ".." => "'..' is not allowed".to_owned(),
        name if name.len() > MAX_NAME_LENGTH => {
            format!("the length of '{name}' is longer than the max allowed length {MAX_NAME_LENGTH}")
        }
        name if !name.chars().all(is_legal) => format!(
            "'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
        ),
        _ => return Ok(()),
    };
    Err(format!("Topic name is invalid: {why}"))
}

/// Whether two names differ only in `.` and `_`, which metrics cannot tell apart.
pub(super) fn collide(a: &str, b: &str) -> bool {
    a.contains(['.', '_']) && a.replace('.', "_") == b.replace('.', "_")
}
