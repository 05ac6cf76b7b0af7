//! Row 65: bodies that clippy's lints look at closely.
#![allow(dead_code)]

/// A number.
#[derive(Clone, Debug, Default)]
pub struct Unit {
    number: u32,
}

/// `implicit_return`, `let_with_type_underscore`.
#[shape]
pub fn implicit(value: u32) -> u32 {
    let kept: Vec<_> = vec![value];
    kept.len() as u32
}

/// `needless_return`.
#[shape]
pub fn explicit(value: u32) -> Result<u32, String> {
    return Ok(value);
}

/// `let_unit_value`, `unit_arg`.
#[shape_without_ret]
pub fn unit(value: &mut Vec<u32>) {
    value.clear()
}

/// `suspicious_else_formatting`, `collapsible_else_if`.
#[shape]
pub fn formatting(value: u32) -> u32 {
    if value == 1 { 2 } else if value == 2 { 3 } else { 4 }
}

/// `redundant_closure_call`, `needless_pass_by_value`.
#[shape]
pub fn closures(text: String, visit: Option<Box<dyn Fn(&str) -> usize>>) -> usize {
    visit.map_or(0, |visit| visit(&text))
}

/// `unwrap_used`, `expect_used`, `panic`, `unreachable`, `missing_panics_doc`.
#[shape]
pub fn panics(text: &str) -> u32 {
    let value: u32 = text.parse().unwrap();
    if value == 7 {
        unreachable!("seven");
    }
    text.parse::<u32>().expect("a number") + value
}

/// `missing_errors_doc`, `unnecessary_wraps`, `question_mark_used`.
#[shape]
pub fn wraps(text: &str) -> Result<u32, std::num::ParseIntError> {
    let value = text.parse::<u32>()?;
    Ok(value)
}

/// `unnecessary_wraps` once more, where nothing fails.
#[shape]
pub fn wrapped(value: u32) -> Option<u32> {
    Some(value)
}

/// `shadow_reuse`, `shadow_same`, `shadow_unrelated`, `let_and_return`.
#[shape]
pub fn shadows(value: u32, other: u32) -> u32 {
    let value = value + 1;
    let other = other;
    let result = value + other;
    result
}

/// `cognitive_complexity`, `manual_let_else`, `too_many_lines`, `arithmetic_side_effects`.
#[shape]
pub async fn complex(value: Option<u32>, list: Vec<u32>) -> Result<u32, String> {
    let value = match value {
        Some(value) => value,
        None => return Err("none".to_string()),
    };
    let mut total = 0;
    for index in 0..list.len() {
        if list[index] > value && index % 2 == 0 || list[index] == 3 {
            total += list[index];
        } else if total > 100 {
            core::future::ready(()).await;
            break;
        }
    }
    core::future::ready(Ok(total)).await
}

/// `must_use_candidate`, `trivially_copy_pass_by_ref`, `missing_inline_in_public_items`.
#[shape]
pub fn by_reference(value: &u8) -> u8 {
    *value
}

/// `significant_drop_tightening`, `future_not_send`, `large_futures`.
#[shape]
pub async fn locks(values: std::rc::Rc<std::sync::Mutex<Vec<u32>>>) -> usize {
    core::future::ready(()).await;
    let guard = values.lock().unwrap();
    let count = guard.len();
    count + 1
}

/// `ptr_arg`, `redundant_clone`, `single_call_fn`.
#[shape]
pub fn pointers(values: &Vec<u32>, text: &String) -> String {
    let copy = text.clone();
    format!("{values:?}{copy}")
}

/// `fn_params_excessive_bools`, `too_many_arguments`, `many_single_char_names`.
#[shape]
pub fn many(a: bool, b: bool, c: bool, d: bool, e: u32, f: u32, g: u32, h: u32) -> u32 {
    u32::from(a && b && c && d) + e + f + g + h
}

#[shape_impl]
impl Unit {
    /// `new_without_default`, `use_self`, `must_use_candidate`.
    #[shape]
    pub fn new() -> Unit {
        Unit { number: 1 }
    }

    /// `unused_self`, `wrong_self_convention`, `should_implement_trait`.
    #[shape]
    pub fn to_number(self) -> u32 {
        2
    }

    /// `needless_pass_by_ref_mut`, `unused_self`.
    #[shape]
    pub fn look(&mut self, other: &mut Vec<u32>) -> usize {
        other.len()
    }

    /// `used_underscore_binding`, `no_effect_underscore_binding`.
    #[shape]
    pub fn underscores(&self, _value: u32) -> u32 {
        let _copy = self.number;
        _value + 1
    }

    /// `needless_lifetimes`, `elidable_lifetime_names`.
    #[shape]
    pub fn lifetimes<'a>(&'a self) -> &'a u32 {
        &self.number
    }
}
