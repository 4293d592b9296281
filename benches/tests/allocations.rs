//! The counter behind the footprints.

use compio_sync_benches::allocations::{Allocations, during};

#[test]
fn counts_what_is_allocated_and_what_stays() {
    let nothing = Allocations {
        calls: 0,
        bytes: 0,
        live: 0,
    };
    assert_eq!(during(|| {}), nothing);

    let freed = during(|| drop(std::hint::black_box(Box::new([0_u8; 24]))));
    assert_eq!(
        freed,
        Allocations {
            calls: 1,
            bytes: 24,
            live: 0
        }
    );

    let mut kept = None;
    let stays = during(|| kept = Some(Box::new([0_u8; 40])));
    assert_eq!(
        stays,
        Allocations {
            calls: 1,
            bytes: 40,
            live: 40
        }
    );
    assert_eq!(during(|| drop(kept.take())).live, -40);
}
