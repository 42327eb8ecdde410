use super::words as w;
use crate::lesson::Language;
use crate::lesson::Text;
use crate::ui::words::count;
use crate::view::DelayView;
use crate::view::OutcomeView;

/// One line of the table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub name: Text,
    /// What exactly is counted.
    pub says: Option<Text>,
    pub sides: [String; 2],
    pub difference: String,
    /// The difference is the worse for the side that has more.
    pub worse: Option<usize>,
}

/// The table of what became of records in A and in B.
pub(super) fn rows(outcomes: &[OutcomeView; 2], language: Language) -> Vec<Row> {
    let number = |name, says, pick: fn(&OutcomeView) -> u64, bad: bool| {
        let values = [0, 1].map(|side| pick(&outcomes[side]));
        let worse = (bad && values[0] != values[1]).then(|| usize::from(values[1] > values[0]));
        Row { name, says, sides: values.map(count), difference: signed(values), worse }
    };
    let mut rows = vec![
        number(w::SENT, None, |it| it.sent, false),
        number(w::ACKED, None, |it| it.acked, false),
        number(w::LOST, Some(w::LOST_SAYS), |it| it.lost, true),
        number(w::DUPLICATED, Some(w::DUPLICATED_SAYS), |it| it.duplicated, true),
        number(w::FAILED, None, |it| it.failed, true),
        number(w::STORED, Some(w::STORED_SAYS), |it| it.stored, false),
        number(w::READ, None, |it| it.read, false),
        number(w::READ_AGAIN, None, |it| it.read_again, true),
    ];
    let delays = [0, 1].map(|side| outcomes[side].delay);
    let times = |name, pick: fn(&DelayView) -> u64| {
        let values = [0, 1].map(|side| delays[side].as_ref().map(pick));
        let difference = match values {
            [Some(a), Some(b)] if a == b => "=".to_owned(),
            [Some(a), Some(b)] => {
                format!("{}{}", if b > a { "+" } else { "−" }, time(a.abs_diff(b), language))
            }
            _ => "–".to_owned(),
        };
        let sides = values.map(|value| value.map_or("–".to_owned(), |us| time(us, language)));
        Row { name, says: Some(w::DELAY_SAYS), sides, difference, worse: None }
    };
    rows.push(times(w::DELAY_MEAN, |it| it.mean_us));
    rows.push(times(w::DELAY_P99, |it| it.p99_ms * 1000));
    rows
}

/// Microseconds as a reader takes them in.
fn time(us: u64, language: Language) -> String {
    if us < 1_000_000 {
        w::MS.with(language, &[&format!("{:.1}", us as f64 / 1e3)])
    } else {
        w::S.with(language, &[&format!("{:.2}", us as f64 / 1e6)])
    }
}

/// How much more B has, with its sign.
fn signed([a, b]: [u64; 2]) -> String {
    match b.cmp(&a) {
        std::cmp::Ordering::Equal => "=".to_owned(),
        std::cmp::Ordering::Greater => format!("+{}", count(b - a)),
        std::cmp::Ordering::Less => format!("−{}", count(a - b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_by_how_much_and_which_is_worse() {
        let delay = Some(DelayView { batches: 3, mean_us: 2_500, p99_ms: 4 });
        let a = OutcomeView { acked: 1_200, lost: 17, delay, ..OutcomeView::default() };
        let b = OutcomeView { acked: 1_250, ..OutcomeView::default() };
        let rows = rows(&[a, b], Language::En);
        let row = |name: Text| rows.iter().find(|row| row.name == name).unwrap().clone();
        assert_eq!((row(w::ACKED).difference.as_str(), row(w::ACKED).worse), ("+50", None));
        assert_eq!((row(w::LOST).difference.as_str(), row(w::LOST).worse), ("−17", Some(0)));
        assert_eq!((row(w::FAILED).difference.as_str(), row(w::FAILED).worse), ("=", None));
        assert_eq!(row(w::DELAY_MEAN).sides, ["2.5 ms", "–"]);
    }
}
