//! How many system calls a thread makes, as the kernel counts them.

#![allow(unsafe_code)] // Asks the kernel.

/// Counts those of the thread that made it. None where the kernel does not tell: it takes Linux,
/// its tracing directory and the right to look at it, which mostly means root.
pub struct Counter(imp::Counter);

impl Counter {
    pub fn new() -> Option<Self> {
        imp::Counter::new().map(Self)
    }

    /// How many there were so far. Asking is one, too, which is not counted.
    pub fn calls(&mut self) -> u64 {
        self.0.calls()
    }
}

#[cfg(target_os = "linux")]
mod imp {
    use std::{
        fs::{self, File},
        io::Read,
        os::fd::FromRawFd,
    };

    pub struct Counter {
        file: File,
        asked: u64,
    }

    /// The first version of `struct perf_event_attr`, which all kernels take.
    #[repr(C)]
    #[derive(Default)]
    struct Attributes {
        kind: u32,
        size: u32,
        config: u64,
        sample_period: u64,
        sample_type: u64,
        read_format: u64,
        flags: u64,
        wakeup_events: u32,
        breakpoint_type: u32,
        breakpoint_address: u64,
    }

    const ID: &str = "/sys/kernel/tracing/events/raw_syscalls/sys_enter/id";

    impl Counter {
        pub fn new() -> Option<Self> {
            /// `PERF_TYPE_TRACEPOINT`.
            const TRACEPOINT: u32 = 2;
            /// This thread, on any CPU, in no group, with no flags.
            const WHERE: [libc::c_int; 4] = [0, -1, -1, 0];

            let attributes = Attributes {
                kind: TRACEPOINT,
                size: size_of::<Attributes>() as u32,
                config: fs::read_to_string(ID).ok()?.trim().parse().ok()?,
                ..Attributes::default()
            };
            let [thread, cpu, group, flags] = WHERE;
            // SAFETY: the call reads the attributes, as long as they say.
            let fd = unsafe {
                libc::syscall(
                    libc::SYS_perf_event_open,
                    &raw const attributes,
                    thread,
                    cpu,
                    group,
                    flags,
                )
            };
            let fd = fd.try_into().ok().filter(|&fd| fd >= 0)?;
            Some(Self {
                // SAFETY: open, and nobody else's.
                file: unsafe { File::from_raw_fd(fd) },
                asked: 0,
            })
        }

        pub fn calls(&mut self) -> u64 {
            let mut count = [0; size_of::<u64>()];
            self.file.read_exact(&mut count).expect("a counter");
            self.asked += 1;
            u64::from_ne_bytes(count) - self.asked
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod imp {
    pub enum Counter {}

    impl Counter {
        pub fn new() -> Option<Self> {
            None
        }

        pub fn calls(&mut self) -> u64 {
            match *self {}
        }
    }
}
