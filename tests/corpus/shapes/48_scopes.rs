//! Row 48: `if let` scopes, `let else`, labelled breaks.

/// `if let` with `else`.
#[shape]
pub fn if_let(values: &std::cell::RefCell<Vec<u32>>) -> u32 {
    if let Some(first) = values.borrow().first().copied() { first } else { 0 }
}

/// `let else`.
#[shape]
pub fn let_else(text: Option<&str>) -> Result<u32, String> {
    let Some(text) = text else {
        return Err(String::from("none"));
    };
    let Ok(value) = text.parse() else { return Ok(0) };
    Ok(value)
}

/// Labels.
#[shape]
pub fn labels(rows: &[Vec<u32>]) -> u32 {
    let mut total = 0;
    'rows: for row in rows {
        for value in row {
            if *value == 0 {
                continue 'rows;
            }
            if *value == 9 {
                break 'rows;
            }
            total += value;
        }
    }
    let found = 'found: {
        if total > 10 {
            break 'found 10;
        }
        total
    };
    found + loop {
        break 1;
    }
}

/// Labels, async.
#[shape]
pub async fn labels_later(limit: u32) -> Result<u32, String> {
    let mut seen = 0;
    'outer: loop {
        while seen < limit {
            core::future::ready(()).await;
            seen += 1;
            if seen == 3 {
                break 'outer Ok(seen);
            }
        }
        break Err(String::from("low"));
    }
}

/// Ends in a statement, a loop, a macro.
#[shape_without_ret]
pub fn endings(values: &mut Vec<u32>) {
    values.push(1);
    for value in values.iter_mut() {
        *value += 1;
    }
    assert!(!values.is_empty())
}
