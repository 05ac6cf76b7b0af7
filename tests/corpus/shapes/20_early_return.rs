//! Row 20: early `return`, `?`, and a `return` inside the user's macro.

macro_rules! bail {
    ($($message:tt)*) => {
        return Err(format!($($message)*))
    };
}

/// Returns early.
#[shape]
pub fn early(value: i32) -> Result<i32, String> {
    if value < 0 {
        return Err(String::from("negative"));
    }
    if value > 100 {
        bail!("{value} is too big");
    }
    let text = value.to_string();
    let number: i32 = text.parse().map_err(|_| text)?;
    Ok(number)
}

/// Returns early, async.
#[shape]
pub async fn early_later(value: i32) -> Result<i32, String> {
    core::future::ready(()).await;
    if value < 0 {
        bail!("{value} is negative");
    }
    let doubled = early(value)?;
    core::future::ready(Ok(doubled)).await
}

/// Returns nothing, early.
#[shape_without_ret]
pub fn nothing(values: &mut Vec<i32>) {
    let Some(last) = values.pop() else { return };
    if last == 0 {
        return;
    }
    values.push(last);
}

/// Returns from within nested blocks and closures.
#[shape]
pub fn nested(values: &[i32]) -> Option<i32> {
    let positive = |value: &i32| {
        if *value < 0 {
            return false;
        }
        true
    };
    for value in values {
        match value {
            0 => return None,
            other if positive(other) => return Some(*other),
            _ => {}
        }
    }
    values.first().map(|first| first + 1)
}
