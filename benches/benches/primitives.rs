//! The entry of `cargo bench`; everything is in the library.

fn main() -> std::process::ExitCode {
    compio_sync_benches::main()
}
