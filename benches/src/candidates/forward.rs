//! What the crates have in common, so that a candidate is a line for each of its names.

/// A mutex with `lock` and `try_lock`, as a [`Candidate`](crate::candidate::Candidate).
macro_rules! mutex {
    ($candidate:ident, $inner:ty, $guard:ty, $info:expr, $new:expr) => {
        mutex!($candidate, $inner, $guard, $info, $new, |guard| guard);
    };
    (
        $candidate:ident,
        $inner:ty,
        $guard:ty,
        $info:expr,
        $new:expr, |
        $tried:ident |
        $option:expr
    ) => {
        pub struct $candidate($inner);

        impl crate::candidate::Candidate for $candidate {
            type Output<'a> = $guard;
            type Permit<'a> = $guard;

            const HOLDERS: usize = 1;
            const INFO: crate::candidate::Info = $info;

            fn new(_: usize) -> Self {
                Self($new)
            }

            fn acquire(&self) -> impl Future<Output = Self::Output<'_>> {
                self.0.lock()
            }

            fn permit(output: Self::Output<'_>) -> Self::Permit<'_> {
                output
            }

            fn try_acquire(&self) -> Option<Self::Permit<'_>> {
                let $tried = self.0.try_lock();
                $option
            }
        }
    };
}

/// A lock with `read`, `write` and their `try_` forms, as a
/// [`RwLock`](crate::candidate::RwLock).
macro_rules! rwlock {
    ($candidate:ident, $inner:ty, $read:ty, $write:ty, $info:expr, $new:expr) => {
        rwlock!($candidate, $inner, $read, $write, $info, $new, |guard| {
            guard
        });
    };
    (
        $candidate:ident,
        $inner:ty,
        $read:ty,
        $write:ty,
        $info:expr,
        $new:expr, |
        $tried:ident |
        $option:expr
    ) => {
        pub struct $candidate($inner);

        impl crate::candidate::RwLock for $candidate {
            type Read<'a> = $read;
            type Write<'a> = $write;

            const INFO: crate::candidate::Info = $info;

            fn new() -> Self {
                Self($new)
            }

            fn read(&self) -> impl Future<Output = Self::Read<'_>> {
                self.0.read()
            }

            fn write(&self) -> impl Future<Output = Self::Write<'_>> {
                self.0.write()
            }

            fn try_read(&self) -> Option<Self::Read<'_>> {
                let $tried = self.0.try_read();
                $option
            }

            fn try_write(&self) -> Option<Self::Write<'_>> {
                let $tried = self.0.try_write();
                $option
            }
        }
    };
}

/// A [`Notify`](crate::candidate::Notify), with one or both ways to tell. Braces around it keep
/// rustfmt away, which takes `|` for an operator here.
macro_rules! notify {
    (
        $candidate:ident: $inner:ty = $new:expr, $info:expr,
        wait |$waited:ident| $wait:expr,
        $(one $([to $longest:literal])? |$one:ident| $notify_one:expr,)?
        $(all |$all:ident| $notify_all:expr,)?
    ) => {
        pub struct $candidate($inner);

        impl crate::candidate::Notify for $candidate {
            const INFO: crate::candidate::Info = $info;

            fn new() -> Self {
                Self($new)
            }

            fn wait(&self) -> impl Future<Output = ()> {
                let $waited = &self.0;
                $wait
            }
        }

        $(impl crate::candidate::NotifyOne for $candidate {
            $(const LONGEST: usize = $longest;)?

            fn notify_one(&self) {
                let $one = &self.0;
                $notify_one;
            }
        })?

        $(impl crate::candidate::NotifyAll for $candidate {
            fn notify_all(&self) {
                let $all = &self.0;
                $notify_all;
            }
        })?
    };
}

/// A [`OnceCell`](crate::candidate::OnceCell) with `get` and `get_or_init`.
macro_rules! once_cell {
    ($candidate:ident, $inner:ty, $info:expr, $init:expr) => {
        pub struct $candidate($inner);

        impl crate::candidate::OnceCell for $candidate {
            const INFO: crate::candidate::Info = $info;

            fn new() -> Self {
                Self(<$inner>::new())
            }

            fn get(&self) -> Option<&u64> {
                self.0.get()
            }

            fn get_or_init(&self) -> impl Future<Output = &u64> {
                self.0.get_or_init($init)
            }
        }
    };
}

/// A [`Token`](crate::candidate::Token) with children.
macro_rules! token {
    ($candidate:ident, $inner:ty, $info:expr) => {
        pub struct $candidate($inner);

        impl crate::candidate::Token for $candidate {
            const INFO: crate::candidate::Info = $info;

            fn new() -> Self {
                Self(<$inner>::new())
            }

            fn cancel(&self) {
                self.0.cancel();
            }

            fn is_cancelled(&self) -> bool {
                self.0.is_cancelled()
            }

            fn cancelled(&self) -> impl Future<Output = ()> {
                self.0.cancelled()
            }
        }

        impl crate::candidate::Parent for $candidate {
            fn child(&self) -> Self {
                Self(self.0.child_token())
            }
        }
    };
}
