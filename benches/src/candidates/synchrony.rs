//! compio's own crate. Its event is event-listener's, and for one thread local-event's.

use synchrony::{sync, unsync};

use crate::candidate::{Fairness, Info};

mutex!(
    Mutex,
    sync::mutex::Mutex<u64>,
    sync::mutex::MutexGuard<'a, u64>,
    Info::peer("synchrony sync", Fairness::Barging),
    sync::mutex::Mutex::new(0)
);
mutex!(
    LocalMutex,
    unsync::mutex::Mutex<u64>,
    unsync::mutex::MutexGuard<'a, u64>,
    Info::peer("synchrony unsync", Fairness::Barging),
    unsync::mutex::Mutex::new(0)
);

notify! {
    Event: sync::event::Event = sync::event::Event::new(),
    Info::peer("synchrony sync (event-listener)", Fairness::Strict),
    wait |event| event.listen(),
    one |event| event.notify_additional(1),
    all |event| event.notify(usize::MAX),
}
notify! {
    LocalEvent: unsync::event::Event = unsync::event::Event::new(),
    Info::peer("synchrony unsync (local-event)", Fairness::Strict),
    wait |event| event.listen(),
    one [to 1_000] |event| event.notify_additional(1),
    all |event| event.notify_all(),
}
