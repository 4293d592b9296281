//! Held operations whose buffers the driver picks, and those that complete several times.

use std::io::Write;

use compio::{
    BufResult,
    buf::SetLen,
    driver::{
        BufferPool, ResultTakeBuffer, TakeBuffer,
        op::{ReadManaged, ReadMulti},
    },
    runtime::{Runtime, SubmitMulti, submit, submit_multi},
};
use compio_sync::{Held, generic::OwnedSemaphorePermit};
use futures_util::{StreamExt, stream::FusedStream};

use crate::{
    common::{Form, on_each_driver, semaphore},
    pipe::{Reader, raw_pipe},
};

forms! {
    managed_read_brings_the_permit_back,
    managed_read_dropped_gives_the_permit_when_it_is_over,
    reads_of_one_operation_hold_the_permit_until_the_last,
    reads_of_one_operation_dropped_after_the_first_give_the_permit_when_it_is_over,
    reads_into_managed_buffers_hold_the_permit_until_the_end,
}

fn pool() -> BufferPool {
    Runtime::with_current(Runtime::buffer_pool).unwrap()
}

fn managed_read_brings_the_permit_back<D: Form>() {
    on_each_driver(async || {
        let s = semaphore::<D>(1);
        let (reader, mut writer) = raw_pipe();
        let read = ReadManaged::new(reader, &pool(), 0).unwrap();
        writer.write_all(b"bytes").unwrap();
        let result = submit(D::take(&s, 1).hold(read)).await;
        assert_eq!(s.available_permits(), 0);
        // SAFETY: the length is that of this read.
        let buffer = unsafe { result.take_buffer() }.unwrap().unwrap();
        assert_eq!(s.available_permits(), 1);
        assert_eq!(&buffer[..], b"bytes");
    });
}

fn managed_read_dropped_gives_the_permit_when_it_is_over<D: Form>() {
    on_each_driver(async || {
        let s = semaphore::<D>(1);
        let (reader, _writer) = raw_pipe();
        let read = ReadManaged::new(reader, &pool(), 0).unwrap();
        let mut submitted = Box::pin(submit(D::take(&s, 1).hold(read)));
        assert!(futures_util::poll!(submitted.as_mut()).is_pending());
        drop(submitted);
        assert_eq!(s.available_permits(), 0);
        drop(D::acquire(&s).await);
    });
}

type Reads<D> = SubmitMulti<Held<ReadMulti<Reader>, OwnedSemaphorePermit<D>>>;

/// What the next completion brought, and the operation if it was the last.
async fn next<D: Form>(
    mut reads: Reads<D>,
    pool: &BufferPool,
) -> (Vec<u8>, Result<OwnedSemaphorePermit<D>, Reads<D>>) {
    let BufResult(read, extra) = reads.next().await.unwrap();
    let read = read.unwrap();
    let (buffer, rest) = if reads.is_terminated() {
        let (operation, permit) = Held::split(reads.try_take().ok().unwrap());
        (operation.take_buffer(), Ok(permit))
    } else {
        (pool.take(extra.buffer_id().unwrap()).unwrap(), Err(reads))
    };
    let bytes = buffer.map_or_else(Vec::new, |mut buffer| {
        // SAFETY: so many bytes were read.
        unsafe { buffer.advance_to(read) };
        buffer.to_vec()
    });
    (bytes, rest)
}

fn reads_of_one_operation_hold_the_permit_until_the_last<D: Form>() {
    on_each_driver(async || {
        let (s, pool) = (semaphore::<D>(1), pool());
        let (reader, mut writer) = raw_pipe();
        let read = ReadMulti::new(reader, &pool, 0).unwrap();
        let mut reads: Reads<D> = submit_multi(D::take(&s, 1).hold(read));
        let mut words = [&b"one"[..], b"two", b"three"].into_iter();
        let mut writer = words.next().map(|word| {
            writer.write_all(word).unwrap();
            (writer, word)
        });
        let permit = loop {
            let (bytes, rest) = next(reads, &pool).await;
            assert_eq!(bytes, writer.as_ref().map_or(&b""[..], |(_, word)| word));
            assert_eq!(s.available_permits(), 0);
            match rest {
                Ok(permit) => break permit,
                // At the end of the words, the pipe is closed.
                Err(rest) => reads = rest,
            }
            writer = writer.take().and_then(|(mut writer, _)| {
                let word = words.next()?;
                writer.write_all(word).unwrap();
                Some((writer, word))
            });
        };
        drop(permit);
        assert_eq!(s.available_permits(), 1);
    });
}

fn reads_of_one_operation_dropped_after_the_first_give_the_permit_when_it_is_over<D: Form>() {
    on_each_driver(async || {
        let (s, pool) = (semaphore::<D>(1), pool());
        let (reader, mut writer) = raw_pipe();
        let read = ReadMulti::new(reader, &pool, 0).unwrap();
        let reads: Reads<D> = submit_multi(D::take(&s, 1).hold(read));
        writer.write_all(b"one").unwrap();
        let (bytes, rest) = next(reads, &pool).await;
        assert_eq!(bytes, b"one");
        assert_eq!(s.available_permits(), 0);
        // Where an operation completes once only, this is that with its permit.
        drop(rest);
        drop(D::acquire(&s).await);
        assert_eq!((s.available_permits(), D::pointers(&s)), (1, 1));
    });
}

fn reads_into_managed_buffers_hold_the_permit_until_the_end<D: Form>() {
    on_each_driver(async || {
        let (s, pool) = (semaphore::<D>(1), pool());
        let (reader, mut writer) = raw_pipe();
        let read = ReadMulti::new(reader, &pool, 0).unwrap();
        let reads: Reads<D> = submit_multi(D::take(&s, 1).hold(read));
        let mut buffers = reads.into_managed(pool);
        writer.write_all(b"one").unwrap();
        assert_eq!(&buffers.next().await.unwrap().unwrap().unwrap()[..], b"one");
        drop(writer);
        while let Some(end) = buffers.next().await {
            assert!(end.unwrap().is_none_or(|buffer| buffer.is_empty()));
        }
        assert_eq!(s.available_permits(), 1);
    });
}
