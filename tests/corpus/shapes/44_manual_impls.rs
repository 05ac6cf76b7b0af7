//! Row 44: hand-written impls of std's traits.

use std::fmt;
use std::future::Future;
use std::ops::{Add, Deref, DerefMut, Index};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number(pub u32);

#[shape_impl]
impl Future for Number {
    type Output = u32;

    #[shape]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        context.waker().wake_by_ref();
        if self.0 == 0 { Poll::Pending } else { Poll::Ready(self.0) }
    }
}

#[shape_impl]
impl Iterator for Number {
    type Item = u32;

    #[shape]
    fn next(&mut self) -> Option<Self::Item> {
        self.0 = self.0.checked_sub(1)?;
        Some(self.0)
    }

    #[shape]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0 as usize, Some(self.0 as usize))
    }
}

#[shape_impl]
impl Add for Number {
    type Output = Self;

    #[shape]
    fn add(self, other: Self) -> Self::Output {
        Self(self.0 + other.0)
    }
}

#[shape_impl]
impl fmt::Display for Number {
    #[shape]
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

/// Owns something.
pub struct Owner<T: fmt::Debug>(pub Vec<T>);

#[shape_impl]
impl<T: fmt::Debug> Drop for Owner<T> {
    #[shape_without_ret]
    fn drop(&mut self) {
        self.0.clear();
    }
}

#[shape_impl]
impl<T: fmt::Debug> Deref for Owner<T> {
    type Target = [T];

    #[shape]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

#[shape_impl]
impl<T: fmt::Debug> DerefMut for Owner<T> {
    #[shape]
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// A table.
pub struct Table(pub Vec<u32>);

#[shape_impl]
impl Index<usize> for Table {
    type Output = u32;

    #[shape]
    fn index(&self, index: usize) -> &Self::Output {
        &self.0[index]
    }
}

#[shape_impl]
impl From<Vec<u32>> for Table {
    #[shape]
    fn from(values: Vec<u32>) -> Self {
        Self(values)
    }
}
