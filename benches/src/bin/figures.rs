//! Fills figures into documents; everything is in the library.

fn main() -> std::process::ExitCode {
    compio_sync_benches::figures::main()
}
