//! Compares two runs; everything is in the library.

fn main() -> std::process::ExitCode {
    compio_sync_benches::regressions::main()
}
