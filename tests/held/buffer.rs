//! Held buffers in real files and pipes: they do what the buffer does, and bring the permit back.

use compio::{
    BufResult,
    buf::{IntoInner, IoBuf, IoBufMut},
    fs::{File, OpenOptions},
    io::{AsyncReadAt, AsyncReadAtExt, AsyncWriteAt, AsyncWriteAtExt},
};
use compio_sync::{
    Held,
    generic::{Semaphore, Shared},
};
use tempfile::TempDir;

use crate::common::{Form, kept, on_each_driver, semaphore};

const TEXT: &[u8] = b"what is in the file";

forms! {
    read_fills_the_vector_and_brings_the_permit_back,
    write_takes_the_bytes_and_brings_the_permit_back,
    read_and_write_of_several_buffers_under_one_permit,
    read_and_write_of_several_buffers_under_a_permit_each,
    write_of_a_slice_and_read_into_a_slice,
    read_appends_to_what_is_there,
    reserve_and_extend_then_read_all_of_it,
    read_under_a_permit_that_is_borrowed_for_ever,
    failed_read_brings_the_permit_back,
}

/// A new file with [`TEXT`] in it, for as long as the directory lives.
async fn file() -> (TempDir, File) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    std::fs::write(&path, TEXT).unwrap();
    let file = OpenOptions::new().read(true).write(true).open(path).await;
    (directory, file.unwrap())
}

fn contents(directory: &TempDir) -> Vec<u8> {
    std::fs::read(directory.path().join("file")).unwrap()
}

fn read_fills_the_vector_and_brings_the_permit_back<D: Form>() {
    on_each_driver(async || {
        let s = semaphore::<D>(1);
        let (_directory, file) = file().await;
        let buffer = D::take(&s, 1).hold(Vec::with_capacity(4));
        let BufResult(read, buffer) = file.read_at(buffer, 5).await;
        assert_eq!((read.unwrap(), &buffer[..]), (4, &TEXT[5..9]));
        assert_eq!(s.available_permits(), 0);
        assert_eq!(Held::into_inner(buffer), &TEXT[5..9]);
        assert_eq!(s.available_permits(), 1);
    });
}

fn write_takes_the_bytes_and_brings_the_permit_back<D: Form>() {
    on_each_driver(async || {
        let s = semaphore::<D>(1);
        let (directory, mut file) = file().await;
        let buffer = D::take(&s, 1).hold("WHAT");
        let BufResult(written, buffer) = file.write_at(buffer, 0).await;
        assert_eq!(written.unwrap(), 4);
        assert_eq!(s.available_permits(), 0);
        drop(buffer);
        assert_eq!(s.available_permits(), 1);
        assert_eq!(contents(&directory), b"WHAT is in the file");
    });
}

fn read_and_write_of_several_buffers_under_one_permit<D: Form>() {
    on_each_driver(async || {
        let s = semaphore::<D>(1);
        let (directory, mut file) = file().await;
        // compio reads into what is initialized, when there are several.
        let buffers = [vec![0; 4], vec![0; 3]];
        let held = D::take(&s, 1).hold(buffers);
        // One operation, or where the system has none for several buffers, one for each.
        let BufResult(read, buffers) = file.read_vectored_exact_at(held, 0).await;
        read.unwrap();
        assert_eq!(s.available_permits(), 0);
        assert_eq!(buffers[..], [b"what".to_vec(), b" is".to_vec()]);

        let BufResult(written, buffers) = file.write_vectored_all_at(buffers, 12).await;
        written.unwrap();
        assert_eq!(contents(&directory), b"what is in twhat is");
        drop(buffers);
        assert_eq!(s.available_permits(), 1);
    });
}

fn read_and_write_of_several_buffers_under_a_permit_each<D: Form>() {
    on_each_driver(async || {
        let s = semaphore::<D>(2);
        let (directory, mut file) = file().await;
        let buffers = [4, 3].map(|len| D::take(&s, 1).hold(vec![0; len]));
        let BufResult(read, [one, two]) = file.read_vectored_exact_at(buffers, 0).await;
        read.unwrap();
        assert_eq!((&one[..], &two[..]), (&b"what"[..], &b" is"[..]));
        let BufResult(written, buffers) = file.write_vectored_all_at((two, (one,)), 0).await;
        written.unwrap();
        assert_eq!(contents(&directory), b" iswhat in the file");
        assert_eq!(s.available_permits(), 0);
        drop(buffers);
        assert_eq!(s.available_permits(), 2);
    });
}

fn write_of_a_slice_and_read_into_a_slice<D: Form>() {
    on_each_driver(async || {
        let s = semaphore::<D>(1);
        let (directory, mut file) = file().await;
        let slice = D::take(&s, 1).hold(b"abcdef".to_vec()).slice(2..4);
        let BufResult(written, slice) = file.write_at(slice, 0).await;
        assert_eq!(written.unwrap(), 2);
        assert_eq!(contents(&directory), b"cdat is in the file");

        let slice = slice.into_inner().slice(1..4);
        let BufResult(read, slice) = file.read_at(slice, 5).await;
        assert_eq!(read.unwrap(), 3);
        assert_eq!(s.available_permits(), 0);
        let buffer = Held::into_inner(slice.into_inner());
        assert_eq!(buffer, b"ais ef");
        assert_eq!(s.available_permits(), 1);
    });
}

fn read_appends_to_what_is_there<D: Form>() {
    on_each_driver(async || {
        let s = semaphore::<D>(1);
        let (_directory, file) = file().await;
        let mut buffer = D::take(&s, 1).hold(b"> ".to_vec());
        IoBufMut::reserve_exact(&mut buffer, 4).unwrap();
        let BufResult(read, buffer) = file.read_at(buffer.uninit(), 0).await;
        assert_eq!(read.unwrap(), 4);
        assert_eq!(Held::into_inner(buffer.into_inner()), b"> what");
        assert_eq!(s.available_permits(), 1);
    });
}

fn reserve_and_extend_then_read_all_of_it<D: Form>() {
    on_each_driver(async || {
        let s = semaphore::<D>(1);
        let (_directory, file) = file().await;
        let mut buffer = D::take(&s, 1).hold(Vec::new());
        IoBufMut::extend_from_slice(&mut buffer, b"> ").unwrap();
        IoBufMut::reserve(&mut buffer, 2 * TEXT.len()).unwrap();
        let BufResult(read, buffer) = file.read_exact_at(buffer.slice(2..2 + TEXT.len()), 0).await;
        read.unwrap();
        assert_eq!(buffer.into_inner()[2..], *TEXT);
    });
}

fn read_under_a_permit_that_is_borrowed_for_ever<D: Form>() {
    let s: &'static Semaphore<D> = kept(Semaphore::new(1));
    on_each_driver(async || {
        let (_directory, file) = file().await;
        let buffer = s.acquire().await.hold([0; 4]);
        let BufResult(read, buffer) = file.read_at(buffer, 0).await;
        assert_eq!((read.unwrap(), &*buffer), (4, b"what"));
        assert_eq!(s.available_permits(), 0);
        drop(buffer);
        assert_eq!(s.available_permits(), 1);
    });
}

fn failed_read_brings_the_permit_back<D: Form>() {
    on_each_driver(async || {
        let s = semaphore::<D>(1);
        let directory = tempfile::tempdir().unwrap();
        let file = File::create(directory.path().join("write only")).await;
        let buffer = D::take(&s, 1).hold(Vec::with_capacity(4));
        let BufResult(read, buffer) = file.unwrap().read_at(buffer, 0).await;
        read.unwrap_err();
        assert_eq!((s.available_permits(), buffer.len()), (0, 0));
        drop(buffer);
        assert_eq!(s.available_permits(), 1);
    });
}

#[test]
fn read_under_a_permit_of_a_static_semaphore() {
    static S: Semaphore<Shared> = Semaphore::new(1);
    on_each_driver(async || {
        let (_directory, file) = file().await;
        let BufResult(read, buffer) = file.read_at(S.acquire().await.hold([0; 4]), 0).await;
        assert_eq!((read.unwrap(), Held::into_inner(buffer)), (4, *b"what"));
        assert_eq!(S.available_permits(), 1);
    });
}

mod pipes {
    use compio::io::{AsyncRead, AsyncWrite};

    use super::*;
    use crate::pipe::pipe;

    forms!(write_to_a_pipe_then_read_from_it);

    fn write_to_a_pipe_then_read_from_it<D: Form>() {
        on_each_driver(async || {
            let s = semaphore::<D>(2);
            let (mut receiver, mut sender) = pipe().await;
            let BufResult(written, sent) = sender.write(D::take(&s, 1).hold(b"over")).await;
            assert_eq!(written.unwrap(), 4);
            let buffer = D::take(&s, 1).hold(Vec::with_capacity(8));
            let BufResult(read, received) = receiver.read(buffer).await;
            assert_eq!((read.unwrap(), &received[..]), (4, &b"over"[..]));
            assert_eq!(s.available_permits(), 0);
            drop((sent, received));
            assert_eq!(s.available_permits(), 2);
        });
    }
}
