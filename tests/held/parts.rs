//! What it is made of, with no driver about.

use compio_sync::{Held, generic::Semaphore};

use crate::common::{Flag, Form, OnDrop, kept, panic_of, semaphore};

forms! {
    hold_into_inner_gives_the_value_and_the_permits_at_once,
    hold_split_keeps_the_permits,
    hold_drop_gives_the_permits,
    hold_drop_drops_the_value_before_the_permit,
    hold_drop_of_a_value_that_panics_gives_the_permit,
    hold_of_a_borrowed_permit_gives_it_back,
    hold_change_shows_in_the_value,
    hold_twice_gives_both_permits,
    hold_debug_names_the_value_and_the_permit,
}

fn hold_into_inner_gives_the_value_and_the_permits_at_once<D: Form>() {
    let s = semaphore::<D>(3);
    let held = D::take(&s, 2).hold(String::from("value"));
    assert_eq!(
        (s.available_permits(), Held::permit(&held).num_permits()),
        (1, 2)
    );
    let value = Held::into_inner(held);
    assert_eq!((s.available_permits(), &value[..]), (3, "value"));
    assert_eq!(D::pointers(&s), 1);
}

fn hold_split_keeps_the_permits<D: Form>() {
    let s = semaphore::<D>(3);
    let (value, mut permit) = Held::split(D::take(&s, 2).hold(7));
    assert_eq!(
        (value, permit.num_permits(), s.available_permits()),
        (7, 2, 1)
    );
    permit.merge(D::take(&s, 1));
    assert_eq!(s.available_permits(), 0);
    drop(permit);
    assert_eq!((s.available_permits(), D::pointers(&s)), (3, 1));
}

fn hold_drop_gives_the_permits<D: Form>() {
    let s = semaphore::<D>(3);
    drop(D::take(&s, 3).hold(()));
    assert_eq!((s.available_permits(), D::pointers(&s)), (3, 1));
}

fn hold_drop_drops_the_value_before_the_permit<D: Form>() {
    let s = semaphore::<D>(1);
    let dropped = Flag::default();
    let value = OnDrop({
        let (s, dropped) = (s.clone(), dropped.clone());
        move || {
            assert!(s.try_acquire().is_none(), "the permit is back already");
            dropped.raise();
        }
    });
    drop(D::take(&s, 1).hold(value));
    assert!(dropped.is_up());
    assert_eq!(s.available_permits(), 1);
}

fn hold_drop_of_a_value_that_panics_gives_the_permit<D: Form>() {
    let s = semaphore::<D>(1);
    let held = D::take(&s, 1).hold(OnDrop(|| panic!("a drop")));
    assert_eq!(panic_of(|| drop(held)).as_deref(), Some("a drop"));
    assert_eq!(s.available_permits(), 1);
}

fn hold_of_a_borrowed_permit_gives_it_back<D: Form>() {
    let s: &'static Semaphore<D> = kept(Semaphore::new(1));
    let held = s.try_acquire().unwrap().hold(1);
    assert_eq!(s.available_permits(), 0);
    drop(held);
    assert_eq!(s.available_permits(), 1);

    // Where it does not go to a driver, the semaphore may live as long as it likes.
    let s = Semaphore::<D>::new(1);
    let held = s.try_acquire().unwrap().hold(1);
    assert_eq!(s.available_permits(), 0);
    drop(held);
    assert_eq!(s.available_permits(), 1);
}

fn hold_change_shows_in_the_value<D: Form>() {
    let s = semaphore::<D>(1);
    let mut held = D::take(&s, 1).hold(vec![1]);
    held.push(2);
    assert_eq!(held.iter().sum::<i32>(), 3);
    assert_eq!(Held::into_inner(held), [1, 2]);
}

fn hold_twice_gives_both_permits<D: Form>() {
    let (s, t) = (semaphore::<D>(1), semaphore::<D>(1));
    let held = D::take(&s, 1).hold(D::take(&t, 1).hold(()));
    assert_eq!((s.available_permits(), t.available_permits()), (0, 0));
    let inner = Held::into_inner(held);
    assert_eq!((s.available_permits(), t.available_permits()), (1, 0));
    drop(inner);
    assert_eq!(t.available_permits(), 1);
}

fn hold_debug_names_the_value_and_the_permit<D: Form>() {
    let s = semaphore::<D>(5);
    let text = format!("{:?}", D::take(&s, 2).hold("value"));
    let start = "Held { value: \"value\", permit: OwnedSemaphorePermit { permits: 2, ";
    assert!(text.starts_with(start), "{text}");
}
