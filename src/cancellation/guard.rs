//! Cancelling on drop.

use super::CancellationToken;
use crate::domain::Domain;

/// Cancels a [`CancellationToken`] when it is dropped.
#[derive(Debug)]
#[must_use = "a guard that is dropped at once cancels at once"]
pub struct DropGuard<D: Domain>(Option<CancellationToken<D>>);

impl<D: Domain> DropGuard<D> {
    pub(super) fn new(token: CancellationToken<D>) -> Self {
        Self(Some(token))
    }

    /// Gives the token back, and cancels nothing.
    pub fn disarm(mut self) -> CancellationToken<D> {
        self.0.take().expect("it is taken here only")
    }
}

impl<D: Domain> Drop for DropGuard<D> {
    fn drop(&mut self) {
        if let Some(token) = &self.0 {
            token.cancel();
        }
    }
}

/// Cancels a [`CancellationToken`], which it borrows, when it is dropped.
#[derive(Debug)]
#[must_use = "a guard that is dropped at once cancels at once"]
pub struct DropGuardRef<'a, D: Domain>(Option<&'a CancellationToken<D>>);

impl<'a, D: Domain> DropGuardRef<'a, D> {
    pub(super) fn new(token: &'a CancellationToken<D>) -> Self {
        Self(Some(token))
    }

    /// Gives the token back, and cancels nothing.
    pub fn disarm(mut self) -> &'a CancellationToken<D> {
        self.0.take().expect("it is taken here only")
    }
}

impl<D: Domain> Drop for DropGuardRef<'_, D> {
    fn drop(&mut self) {
        if let Some(token) = self.0 {
            token.cancel();
        }
    }
}
