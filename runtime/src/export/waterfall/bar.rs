//! The bar of a span.

const LEFT_EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// A line of `columns` characters with a bar from `start` to `end` on a scale of 0 to `total`. The bar begins at a
/// half of a character and ends at an eighth, as finely as block characters allow; the shortest is a thin line.
pub(super) fn bar(start: u64, end: u64, total: u64, columns: usize) -> String {
    let eighths = columns as u128 * 8;
    let total = u128::from(total.max(1));
    let from = (u128::from(start) * eighths / total).min(eighths.saturating_sub(1)) as usize;
    let to = (u128::from(end) * eighths).div_ceil(total).min(eighths) as usize;
    let to = to.max(from + 1);
    let (first, last) = (from / 8, (to - 1) / 8);
    let cell = |column: usize| match column {
        _ if column < first || column > last => ' ',
        _ if column == first && from % 8 >= 2 => beginning(from % 8, to - first * 8),
        _ => LEFT_EIGHTHS[(to - column * 8).min(8) - 1],
    };
    (0..columns).map(cell).collect()
}

/// The first character of a bar that begins after so many eighths; `end` is where it ends, beyond 8 in a later one.
fn beginning(from: usize, end: usize) -> char {
    match from {
        7 => '▕',
        2..=3 if end <= 5 => LEFT_EIGHTHS[end - 1],
        _ => '▐',
    }
}

/// A line of `columns` characters with a mark at `at` on a scale of 0 to `total`.
pub(super) fn mark(at: u64, total: u64, columns: usize) -> String {
    let column = u128::from(at) * columns as u128 / u128::from(total.max(1));
    let column = usize::try_from(column).unwrap_or(usize::MAX).min(columns.saturating_sub(1));
    (0..columns).map(|each| if each == column { '◆' } else { ' ' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars() {
        assert_eq!(bar(0, 100, 100, 10), "██████████");
        assert_eq!(bar(0, 50, 100, 10), "█████     ");
        assert_eq!(bar(15, 55, 100, 10), " ▐███▌    ");
        assert_eq!(bar(100, 100, 100, 10), "         ▕");
        assert_eq!(bar(0, 0, 100, 10), "▏         ");
        assert_eq!(bar(50, 50, 100, 10), "     ▏    ");
        assert_eq!(bar(0, 0, 0, 3), "▏  ");
        assert_eq!(bar(0, u64::MAX, u64::MAX, 3), "███");
    }

    #[test]
    fn any_bar_has_its_width() {
        for start in 0..=80 {
            for end in start..=80 {
                let bar = bar(start, end, 80, 10);
                assert_eq!(bar.chars().count(), 10);
                assert_ne!(bar.trim(), "", "{start} {end}");
            }
        }
    }

    #[test]
    fn marks() {
        assert_eq!(mark(0, 100, 4), "◆   ");
        assert_eq!(mark(100, 100, 4), "   ◆");
        assert_eq!(mark(250, 100, 4), "   ◆");
    }
}
