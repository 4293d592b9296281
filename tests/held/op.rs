//! Held operations.

use std::{fs, sync::mpsc, time::Duration};

use compio::{
    BufResult,
    buf::IntoInner,
    driver::{
        ToSharedFd,
        op::{Asyncify, BufResultExt, ReadAt},
    },
    fs::File,
    runtime::submit,
    time::sleep,
};
use compio_sync::Held;

use crate::common::{Form, on_each_driver, panic_of, runtimes, semaphore, until};

forms! {
    submit_brings_the_operation_back_with_the_permit,
    submit_of_what_fails_brings_the_permit_back,
    submit_of_a_blocking_call_holds_the_permit_until_it_returns,
    submit_of_a_blocking_call_that_panics_gives_the_permit_back,
    drop_of_a_submit_that_was_never_polled_gives_the_permit_at_once,
}

fn read(file: &File) -> ReadAt<Vec<u8>, impl compio::driver::AsFd + use<>> {
    ReadAt::new(file.to_shared_fd(), 0, Vec::with_capacity(16))
}

fn submit_brings_the_operation_back_with_the_permit<D: Form>() {
    on_each_driver(async || {
        let s = semaphore::<D>(1);
        let read = read(&File::open("Cargo.toml").await.unwrap());
        let result = submit(D::take(&s, 1).hold(read)).await;
        assert_eq!(s.available_permits(), 0);
        let result = result.map_buffer(Held::into_inner);
        assert_eq!(s.available_permits(), 1);
        // SAFETY: so many bytes were read.
        let BufResult(read, buffer) = unsafe { result.into_inner().map_advanced() };
        assert_eq!(
            (read.unwrap(), &buffer[..]),
            (16, &fs::read("Cargo.toml").unwrap()[..16])
        );
    });
}

fn submit_of_what_fails_brings_the_permit_back<D: Form>() {
    on_each_driver(async || {
        let s = semaphore::<D>(1);
        let directory = tempfile::tempdir().unwrap();
        let file = File::create(directory.path().join("write only")).await;
        let read = read(&file.unwrap());
        let BufResult(read, held) = submit(D::take(&s, 1).hold(read)).await;
        read.unwrap_err();
        assert_eq!(s.available_permits(), 0);
        drop(held);
        assert_eq!(s.available_permits(), 1);
    });
}

fn submit_of_a_blocking_call_holds_the_permit_until_it_returns<D: Form>() {
    on_each_driver(async || {
        let s = semaphore::<D>(1);
        let (go, wait) = mpsc::channel();
        let call = Asyncify::new(move || {
            wait.recv().unwrap();
            BufResult(Ok(7), "done")
        });
        let mut submitted = Box::pin(submit(D::take(&s, 1).hold(call)));
        assert!(futures_util::poll!(submitted.as_mut()).is_pending());
        drop(submitted);
        // The call cannot be cancelled, and goes on.
        sleep(Duration::from_millis(1)).await;
        assert_eq!(s.available_permits(), 0);
        go.send(()).unwrap();
        drop(D::acquire(&s).await);
        until(|| s.available_permits() == 1).await;
    });
}

fn submit_of_a_blocking_call_that_panics_gives_the_permit_back<D: Form>() {
    for runtime in runtimes() {
        let s = semaphore::<D>(1);
        let call = Asyncify::<_, ()>::new(|| panic!("a call"));
        let permit = D::take(&s, 1);
        let run = || drop(runtime.block_on(async { submit(permit.hold(call)).await }));
        assert_eq!(panic_of(run).as_deref(), Some("a call"));
        assert_eq!(s.available_permits(), 1);
    }
}

fn drop_of_a_submit_that_was_never_polled_gives_the_permit_at_once<D: Form>() {
    on_each_driver(async || {
        let s = semaphore::<D>(1);
        let call = Asyncify::new(|| BufResult(Ok(7), ()));
        let submitted = submit(D::take(&s, 1).hold(call));
        assert_eq!(s.available_permits(), 0);
        drop(submitted);
        assert_eq!(s.available_permits(), 1);
    });
}

mod sockets {
    use std::net::UdpSocket;

    use compio::driver::{
        AsFd,
        op::{RecvFlags, RecvVectored},
    };

    use super::*;

    forms!(submit_of_what_points_into_itself_fills_its_buffers);

    /// A socket and one that sends to it.
    fn sockets() -> (impl AsFd + 'static, UdpSocket) {
        let [here, there] = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
        there.connect(here.local_addr().unwrap()).unwrap();
        (attached(here), there)
    }

    #[cfg(unix)]
    fn attached(socket: UdpSocket) -> UdpSocket {
        socket
    }

    /// On Windows a socket belongs to a runtime.
    #[cfg(windows)]
    fn attached(socket: UdpSocket) -> std::os::windows::io::OwnedSocket {
        use compio::{driver::AsRawFd, runtime::Runtime};

        let socket = std::os::windows::io::OwnedSocket::from(socket);
        Runtime::with_current(|runtime| runtime.attach(socket.as_raw_fd())).unwrap();
        socket
    }

    /// The driver is given pointers to the operation, from where it is then.
    fn submit_of_what_points_into_itself_fills_its_buffers<D: Form>() {
        on_each_driver(async || {
            let s = semaphore::<D>(1);
            let (here, there) = sockets();
            let receive = RecvVectored::new(here, [[0; 3], [0; 3]], RecvFlags::empty());
            there.send(b"bytes").unwrap();
            let BufResult(received, held) = submit(D::take(&s, 1).hold(receive)).await;
            assert_eq!((received.unwrap(), s.available_permits()), (5, 0));
            assert_eq!(Held::into_inner(held).into_inner(), [*b"byt", *b"es\0"]);
            assert_eq!(s.available_permits(), 1);
        });
    }
}

/// On Windows a datagram that is cut off is an error; see `passed_on` for what is shown there.
#[cfg(unix)]
mod cut_off {
    use std::os::unix::net::UnixDatagram;

    use compio::driver::op::{RecvFlags, RecvMsg, ReturnFlags};

    use super::*;

    forms!(submit_of_what_looks_at_its_result_is_shown_it);

    fn submit_of_what_looks_at_its_result_is_shown_it<D: Form>() {
        on_each_driver(async || {
            let s = semaphore::<D>(1);
            let (here, there) = UnixDatagram::pair().unwrap();
            let control = Vec::with_capacity(64);
            let receive = RecvMsg::new(here, [[0; 3]], control, RecvFlags::empty());
            there.send(b"bytes").unwrap();
            let BufResult(received, held) = submit(D::take(&s, 1).hold(receive)).await;
            assert_eq!(received.unwrap(), 3);
            let ((bytes, _), _, _, flags) = Held::into_inner(held).into_inner();
            assert_eq!((bytes, flags), ([*b"byt"], ReturnFlags::TRUNC));
            assert_eq!(s.available_permits(), 1);
        });
    }
}
