//! How big futures are, whether they are `Send`, and how deep they nest.

use super::traced;
use crate::log::{Guard, Size, block_on, pause};
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

/// Tells which auto traits a type has: the inherent method is found only if it has one, the trait's otherwise.
struct Probe<T>(PhantomData<T>);

trait Lacks {
    fn is_send(&self) -> bool {
        false
    }

    fn is_unwind_safe(&self) -> bool {
        false
    }

    fn is_ref_unwind_safe(&self) -> bool {
        false
    }
}

impl<T> Lacks for Probe<T> {}

impl<T: Send> Probe<T> {
    fn is_send(&self) -> bool {
        true
    }
}

impl<T: UnwindSafe> Probe<T> {
    fn is_unwind_safe(&self) -> bool {
        true
    }
}

impl<T: RefUnwindSafe> Probe<T> {
    fn is_ref_unwind_safe(&self) -> bool {
        true
    }
}

fn probe<T>(_: &T) -> Probe<T> {
    Probe(PhantomData)
}

fn of<T>(_: &T) -> usize {
    size_of::<T>()
}

macro_rules! sizes {
    ($($name:ident($($argument:expr),*) in $layers:literal;)*) => {
        /// Each future's size.
        pub(crate) fn all() -> Vec<Size> {
            vec![$({
                let future = $name($($argument),*);
                Size {
                    name: stringify!($name),
                    bytes: size_of_val(&future),
                    arguments: 0 $(+ of(&$argument))*,
                    layers: $layers,
                    is_send: probe(&future).is_send(),
                    is_unwind_safe: probe(&future).is_unwind_safe(),
                    is_ref_unwind_safe: probe(&future).is_ref_unwind_safe(),
                }
            }),*]
        }
    };
}

sizes! {
    empty() in 1;
    across([0_u8; 1024]) in 1;
    before([0_u8; 1024]) in 1;
    owned(String::new(), vec![1]) in 1;
    fallible(String::new()) in 1;
    five([0_u8; 64]) in 5;
    local(Rc::<str>::from("x")) in 1;
    opaque(String::new()) in 1;
    generic(Guard("a")) in 1;
    generic_local(Rc::new(1)) in 1;
    local_error(1) in 1;
    borrowed("x") in 1;
    passed_on(core::future::ready([0_u8; 1024])) in 1;
    returned(String::new()) in 1;
    counted(String::new()) in 1;
    not_unwind_safe(Rc::new(std::cell::Cell::new(1))) in 1;
}

#[traced]
async fn empty() {}

#[traced]
async fn across(bytes: [u8; 1024]) -> u8 {
    pause().await;
    bytes[7]
}

#[traced]
async fn before(bytes: [u8; 1024]) -> u8 {
    let value = bytes[7];
    pause().await;
    value
}

#[traced]
async fn owned(text: String, values: Vec<u8>) -> usize {
    pause().await;
    text.len() + values.len()
}

#[traced]
async fn fallible(text: String) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
    pause().await;
    Ok(text.parse::<usize>()?)
}

#[traced]
async fn five(bytes: [u8; 64]) -> u8 {
    four(bytes).await
}

#[traced]
async fn four(bytes: [u8; 64]) -> u8 {
    three(bytes).await
}

#[traced]
async fn three(bytes: [u8; 64]) -> u8 {
    two(bytes).await
}

#[traced]
async fn two(bytes: [u8; 64]) -> u8 {
    one(bytes).await
}

#[traced]
async fn one(bytes: [u8; 64]) -> u8 {
    pause().await;
    bytes[7]
}

#[traced]
async fn local(text: Rc<str>) -> usize {
    pause().await;
    text.len()
}

#[traced]
fn opaque(text: String) -> impl Future<Output = usize> {
    async move {
        pause().await;
        text.len()
    }
}

#[traced]
async fn generic<T>(value: T) -> T {
    pause().await;
    value
}

#[traced]
async fn generic_local<T>(value: T) -> T {
    pause().await;
    value
}

#[traced]
async fn local_error(value: u32) -> Result<u32, Rc<str>> {
    pause().await;
    if value == 0 { Err(Rc::from("zero")) } else { Ok(value) }
}

#[traced]
async fn borrowed(text: &str) -> &str {
    pause().await;
    text
}

#[traced]
async fn passed_on<F: Future>(future: F) -> F::Output {
    future.await
}

macro_rules! layers {
    ($last:ident) => {
        #[traced]
        async fn $last(text: String) -> usize {
            pause().await;
            text.len()
        }
    };
    ($first:ident $next:ident $($rest:ident)*) => {
        #[traced]
        async fn $first(text: String) -> usize {
            $next(text).await + 1
        }
        layers!($next $($rest)*);
    };
}

layers!(
    layer_100 layer_99 layer_98 layer_97 layer_96 layer_95 layer_94 layer_93 layer_92 layer_91
    layer_90 layer_89 layer_88 layer_87 layer_86 layer_85 layer_84 layer_83 layer_82 layer_81
    layer_80 layer_79 layer_78 layer_77 layer_76 layer_75 layer_74 layer_73 layer_72 layer_71
    layer_70 layer_69 layer_68 layer_67 layer_66 layer_65 layer_64 layer_63 layer_62 layer_61
    layer_60 layer_59 layer_58 layer_57 layer_56 layer_55 layer_54 layer_53 layer_52 layer_51
    layer_50 layer_49 layer_48 layer_47 layer_46 layer_45 layer_44 layer_43 layer_42 layer_41
    layer_40 layer_39 layer_38 layer_37 layer_36 layer_35 layer_34 layer_33 layer_32 layer_31
    layer_30 layer_29 layer_28 layer_27 layer_26 layer_25 layer_24 layer_23 layer_22 layer_21
    layer_20 layer_19 layer_18 layer_17 layer_16 layer_15 layer_14 layer_13 layer_12 layer_11
    layer_10 layer_9 layer_8 layer_7 layer_6 layer_5 layer_4 layer_3 layer_2 layer_1 layer_0
);

/// Runs a hundred layers.
pub(crate) fn hundred_layers() -> usize {
    block_on(layer_100(String::from("text")))
}

/// Runs a function that calls itself, boxed, so many times.
pub(crate) fn recursion(depth: u32) -> Result<u32, String> {
    #[traced]
    async fn deeper(left: u32) -> Result<u32, String> {
        if left == 0 {
            pause().await;
            return Ok(0);
        }
        Ok(Box::pin(deeper(left - 1)).await? + 1)
    }
    block_on(deeper(depth))
}

#[traced]
fn returned(text: String) -> impl Future<Output = Result<usize, std::fmt::Error>> {
    core::future::ready(Ok(text.len()))
}

#[traced(attrs(text))]
async fn counted(text: String) -> usize {
    pause().await;
    text.len()
}

#[traced]
async fn not_unwind_safe(cell: Rc<std::cell::Cell<u8>>) -> u8 {
    pause().await;
    cell.get()
}
