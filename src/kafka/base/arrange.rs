use std::cmp::Ordering;

/// Sorting by one program for lists of everything: the standard one is compiled again for each type and each key, and
/// is two kilobytes each time. Equal elements keep their order.
pub trait Arrange {
    type Item;

    fn arrange_by(&mut self, compare: impl FnMut(&Self::Item, &Self::Item) -> Ordering);

    fn arrange_by_key<K: Ord>(&mut self, mut key: impl FnMut(&Self::Item) -> K) {
        self.arrange_by(|a, b| key(a).cmp(&key(b)));
    }

    fn arrange(&mut self)
    where
        Self::Item: Ord,
    {
        self.arrange_by(Self::Item::cmp);
    }
}

impl<T> Arrange for [T] {
    type Item = T;

    fn arrange_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        let mut places = order(self.len(), &mut |a, b| compare(&self[a], &self[b]));
        bring(&mut places, &mut |a, b| self.swap(a, b));
    }
}

/// Which element belongs at each place.
fn order(len: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..len).collect();
    if len > 1 {
        places.sort_by(|a, b| compare(*a, *b));
    }
    places
}

/// Brings each element to its place, one circle of places after the other.
fn bring(places: &mut [usize], swap: &mut dyn FnMut(usize, usize)) {
    for start in 0..places.len() {
        let mut at = start;
        loop {
            let from = std::mem::replace(&mut places[at], at);
            if from == start {
                break;
            }
            swap(at, from);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::Random;

    #[test]
    fn lists_are_arranged_as_the_standard_library_sorts_them() {
        let mut random = Random::new(7, 0);
        for len in (0..40).chain([500]) {
            let mut list: Vec<(u32, usize)> = (0..len).map(|at| (random.below(9), at)).collect();
            let mut sorted = list.clone();
            sorted.sort_by_key(|(key, _)| *key);
            list.arrange_by_key(|(key, _)| *key);
            assert_eq!(list, sorted);
            list.arrange_by(|a, b| b.cmp(a));
            sorted.sort_by(|a, b| b.cmp(a));
            assert_eq!(list, sorted);
            list.arrange();
            sorted.sort();
            assert_eq!(list, sorted);
        }
    }
}
