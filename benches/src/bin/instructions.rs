//! Counts instructions; everything is in the library.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    compio_sync_benches::instructions::main()
}
