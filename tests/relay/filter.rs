//! Filters of system calls: what the kernel refuses, or ends the process for.

use std::mem::offset_of;

/// What becomes of a call.
#[derive(Clone, Copy)]
pub enum Verdict {
    /// The process ends by `SIGSYS`.
    Kill,
    /// The call fails with this error.
    Fail(libc::c_int),
}

/// A call that is not let through, always or with a certain value as one of its arguments.
pub struct Rule {
    call: libc::c_long,
    only: Option<(usize, u32)>,
    verdict: Verdict,
}

impl Rule {
    pub fn kill(call: libc::c_long) -> Self {
        Self {
            call,
            only: None,
            verdict: Verdict::Kill,
        }
    }

    pub fn fail(call: libc::c_long, error: libc::c_int) -> Self {
        Self {
            call,
            only: None,
            verdict: Verdict::Fail(error),
        }
    }

    /// Only if the argument, which is less than 2^32, has this value.
    pub fn only(self, argument: usize, value: u32) -> Self {
        Self {
            only: Some((argument, value)),
            ..self
        }
    }
}

/// Whom a filter is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// This thread, and those that it starts.
    Thread,
    /// All threads.
    Process,
}

fn statement(code: u32, k: u32) -> libc::sock_filter {
    jump(code, k, 0, 0)
}

fn jump(code: u32, k: u32, yes: u8, no: u8) -> libc::sock_filter {
    libc::sock_filter {
        code: code.try_into().unwrap(),
        jt: yes,
        jf: no,
        k,
    }
}

fn load(offset: usize) -> libc::sock_filter {
    let code = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    statement(code, offset.try_into().unwrap())
}

fn program(rules: &[Rule]) -> Vec<libc::sock_filter> {
    let equal = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    let answer = libc::BPF_RET | libc::BPF_K;
    let mut program = Vec::new();
    for rule in rules {
        let verdict = match rule.verdict {
            Verdict::Kill => libc::SECCOMP_RET_KILL_PROCESS,
            Verdict::Fail(error) => {
                libc::SECCOMP_RET_ERRNO | (error.cast_unsigned() & libc::SECCOMP_RET_DATA)
            }
        };
        let call = rule.call.try_into().unwrap();
        program.push(load(offset_of!(libc::seccomp_data, nr)));
        match rule.only {
            None => program.push(jump(equal, call, 0, 1)),
            Some((argument, value)) => {
                program.push(jump(equal, call, 0, 3));
                let low = if cfg!(target_endian = "little") { 0 } else { 4 };
                let place = offset_of!(libc::seccomp_data, args) + 8 * argument + low;
                program.push(load(place));
                program.push(jump(equal, value, 0, 1));
            }
        }
        program.push(statement(answer, verdict));
    }
    program.push(statement(answer, libc::SECCOMP_RET_ALLOW));
    program
}

/// From here on the rules hold, for good.
pub fn install(rules: &[Rule], scope: Scope) {
    let mut program = program(rules);
    let program = libc::sock_fprog {
        len: program.len().try_into().unwrap(),
        filter: program.as_mut_ptr(),
    };
    let flags = match scope {
        Scope::Thread => 0,
        Scope::Process => libc::SECCOMP_FILTER_FLAG_TSYNC,
    };
    // SAFETY: the calls read the program, which lives until they have returned.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        let result = libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            flags,
            &raw const program,
        );
        assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
    }
}
