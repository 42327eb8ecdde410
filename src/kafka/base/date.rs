//! Days and moments of the calendar, in UTC.

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// A day, counted from 1970-01-01, as `2026-12-03`.
pub fn date(day: u64) -> String {
    // Howard Hinnant's days-from-civil, backwards: eras of 400 years that begin in March.
    let shifted = day + 719_468;
    let (era, in_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * in_year + 2) / 153;
    let day = in_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// A moment, in milliseconds since 1970, as Kafka's tools take it: `2026-12-03T10:00:00.250`. One before 1970 is 1970.
pub fn date_time(ms: i64) -> String {
    let ms = u64::try_from(ms).unwrap_or(0);
    let (day, in_day) = (date(ms / DAY_MS), ms % DAY_MS);
    let (hours, minutes) = (in_day / 3_600_000, in_day / 60_000 % 60);
    let (seconds, rest) = (in_day / 1000 % 60, in_day % 1000);
    format!("{day}T{hours:02}:{minutes:02}:{seconds:02}.{rest:03}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_kafkas_tools_take_it() {
        assert_eq!(date_time(0), "1970-01-01T00:00:00.000");
        assert_eq!(date_time(1_709_210_096_007), "2024-02-29T12:34:56.007");
    }
}
