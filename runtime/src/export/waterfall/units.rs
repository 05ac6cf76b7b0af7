//! Durations and counts for people.

/// Three significant digits and a unit: `850 ns`, `68.4 ms`, `2 min 05 s`.
pub(super) fn duration(nanos: u64) -> String {
    const SECOND: u64 = 1_000_000_000;
    // A value that rounds up to the next unit is written in that unit.
    match nanos {
        0..1_000 => format!("{nanos} ns"),
        1_000..999_500 => three_digits(nanos, 1_000, "µs"),
        999_500..999_500_000 => three_digits(nanos, 1_000_000, "ms"),
        999_500_000..60_000_000_000 => three_digits(nanos, SECOND, "s"),
        _ => {
            let seconds = nanos / SECOND;
            let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
            if hours > 0 { format!("{hours} h {minutes:02} min") } else { format!("{minutes} min {seconds:02} s") }
        }
    }
}

fn three_digits(nanos: u64, unit: u64, name: &str) -> String {
    let thousandths = (nanos * 10 + unit / 200) / (unit / 100);
    match thousandths {
        0..9_995 => hundredths(nanos, unit, 100, 2, name),
        9_995..99_950 => hundredths(nanos, unit, 10, 1, name),
        _ => format!("{} {name}", (nanos + unit / 2) / unit),
    }
}

fn hundredths(nanos: u64, unit: u64, parts: u64, digits: usize, name: &str) -> String {
    let value = (nanos + unit / parts / 2) / (unit / parts);
    format!("{}.{:0digits$} {name}", value / parts, value % parts)
}

/// A whole number with separators: `12,345`.
pub(super) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits() {
        let cases = [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (9_994, "9.99 µs"),
            (9_996, "10.0 µs"),
            (68_449, "68.4 µs"),
            (99_960, "100 µs"),
            (999_499, "999 µs"),
            (999_500, "1.00 ms"),
            (68_400_000, "68.4 ms"),
            (999_600_000, "1.00 s"),
            (59_990_000_000, "60.0 s"),
            (125_000_000_000, "2 min 05 s"),
            (3_720_000_000_000, "1 h 02 min"),
            (u64::MAX, "5124095 h 34 min"),
        ];
        for (nanos, text) in cases {
            assert_eq!(duration(nanos), text, "{nanos}");
        }
    }

    #[test]
    fn counts_have_separators() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }
}
