//! The entry of `cargo bench --bench relay`; everything is in the library.

fn main() -> std::process::ExitCode {
    compio_sync_benches::relay::main()
}
