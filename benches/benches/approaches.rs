//! The entry of `cargo bench --bench approaches`; everything is in the library.

fn main() -> std::process::ExitCode {
    compio_sync_benches::approaches::main()
}
