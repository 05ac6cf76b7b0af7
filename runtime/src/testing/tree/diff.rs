//! Line by line: what is expected, what there is.

/// The lines of both with what differs marked; `None` when the recorded text is as expected.
pub(super) fn difference(recorded: &str, expected: &str) -> Option<String> {
    let recorded = recorded.lines().collect::<Vec<_>>();
    let expected = dedent(expected);
    let same = recorded.len() == expected.len() && expected.iter().zip(&recorded).all(|(e, r)| matches(e, r));
    (!same).then(|| diff(&expected, &recorded))
}

/// Without blank lines at both ends, trailing blanks, and the indentation that all lines share.
fn dedent(text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim_end).collect::<Vec<_>>();
    let first = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
    let end = lines.iter().rposition(|line| !line.is_empty()).map_or(first, |last| last + 1);
    let indentation = |line: &&str| line.len() - line.trim_start().len();
    let shared = lines[first..end].iter().filter(|line| !line.is_empty()).map(indentation).min().unwrap_or(0);
    lines[first..end].iter().map(|line| line.get(shared..).unwrap_or_default()).collect()
}

/// Whether a line is as expected, where `=*` stands for any value.
fn matches(expected: &str, recorded: &str) -> bool {
    let Some((start, rest)) = expected.split_once("=*") else { return expected == recorded };
    let Some(mut recorded) = recorded.strip_prefix(start).and_then(|recorded| recorded.strip_prefix('=')) else {
        return false;
    };
    // Each end of a value is tried: values may hold blanks.
    loop {
        if matches(rest, recorded) {
            return true;
        }
        let mut chars = recorded.chars();
        if chars.next().is_none() {
            return false;
        }
        recorded = chars.as_str();
    }
}

/// A diff by the longest common subsequence; trees in tests are small.
fn diff(expected: &[&str], recorded: &[&str]) -> String {
    let mut longest = vec![vec![0_usize; recorded.len() + 1]; expected.len() + 1];
    for (e, expected) in expected.iter().enumerate().rev() {
        for (r, recorded) in recorded.iter().enumerate().rev() {
            longest[e][r] = if matches(expected, recorded) {
                longest[e + 1][r + 1] + 1
            } else {
                longest[e + 1][r].max(longest[e][r + 1])
            };
        }
    }
    let mut out = String::new();
    let (mut e, mut r) = (0, 0);
    while e < expected.len() || r < recorded.len() {
        if e < expected.len() && r < recorded.len() && matches(expected[e], recorded[r]) {
            out.extend(["  ", recorded[r], "\n"]);
            (e, r) = (e + 1, r + 1);
        } else if r == recorded.len() || e < expected.len() && longest[e + 1][r] >= longest[e][r + 1] {
            out.extend(["- ", expected[e], "\n"]);
            e += 1;
        } else {
            out.extend(["+ ", recorded[r], "\n"]);
            r += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indentation_and_blank_ends_do_not_count() {
        assert_eq!(difference("a\n  b\n", "\n\n    a  \n      b\n    "), None);
        assert_eq!(difference("", "\n  "), None);
        assert_eq!(difference("a\n", "  b").unwrap(), "- b\n+ a\n");
        assert_eq!(difference("a\n b\n", "a\n  b").unwrap(), "  a\n-   b\n+  b\n");
    }

    #[test]
    fn a_star_stands_for_a_value() {
        for (expected, recorded, same) in [
            ("a id=*", "a id=7", true),
            ("a id=* n=1", "a id=\"x y\" n=1", true),
            ("a id=* n=*", "a id=x n=", true),
            ("a id=* n=1", "a id=7 n=2", false),
            ("a id=*", "a", false),
            ("a *", "a b", false),
        ] {
            assert_eq!(matches(expected, recorded), same, "{expected} {recorded}");
        }
    }

    #[test]
    fn what_is_the_same_stays_together() {
        assert_eq!(difference("a\nb\nc\n", "a\nx\nc\nd").unwrap(), "  a\n- x\n+ b\n  c\n- d\n");
    }
}
