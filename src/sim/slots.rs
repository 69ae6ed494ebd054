//! Values at places that stay: an arena with a free list. The place that was freed last is taken first, so that equal
//! histories give equal places.

/// Values by place.
#[derive(Clone, Debug)]
pub(crate) struct Slots<T> {
    places: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Slots<T> {
    pub const fn new() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }
    /// How many values there are.
    pub const fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }
    /// Keeps a value; its place.
    #[inline]
    pub fn add(&mut self, value: T) -> u32 {
        if let Some(place) = self.free.pop() {
            self.places[place as usize] = Some(value);
            return place;
        }
        self.places.push(Some(value));
        self.places.len() as u32 - 1
    }
    /// Takes a value out, if there is one at the place.
    #[inline]
    pub fn remove(&mut self, place: u32) -> Option<T> {
        let value = self.places.get_mut(place as usize)?.take()?;
        self.free.push(place);
        Some(value)
    }
    /// The value at a place, if there is one.
    #[inline]
    pub fn get(&self, place: u32) -> Option<&T> {
        self.places.get(place as usize)?.as_ref()
    }
    /// The same, to change it.
    #[inline]
    pub fn get_mut(&mut self, place: u32) -> Option<&mut T> {
        self.places.get_mut(place as usize)?.as_mut()
    }
    /// All values by place.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(&self.places).filter_map(|(place, value)| Some((place, value.as_ref()?)))
    }
    /// The same, to change them.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut T)> {
        (0..).zip(&mut self.places).filter_map(|(place, value)| Some((place, value.as_mut()?)))
    }
    /// Takes out all values that do not pass, by place.
    pub fn retain(&mut self, passes: impl Fn(&T) -> bool) {
        for (place, value) in (0..).zip(&mut self.places) {
            if value.take_if(|v| !passes(v)).is_some() {
                self.free.push(place);
            }
        }
    }
}

impl<T> std::ops::Index<u32> for Slots<T> {
    type Output = T;
    #[inline]
    fn index(&self, place: u32) -> &T {
        self.get(place).unwrap_or_else(|| nobody(place))
    }
}
impl<T> std::ops::IndexMut<u32> for Slots<T> {
    #[inline]
    fn index_mut(&mut self, place: u32) -> &mut T {
        self.get_mut(place).unwrap_or_else(|| nobody(place))
    }
}

#[cold]
fn nobody(place: u32) -> ! {
    panic!("there is nothing at place {place}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_that_was_freed_last_is_taken_first() {
        let mut slots = Slots::new();
        let places: Vec<u32> = ["a", "b", "c", "d"].into_iter().map(|v| slots.add(v)).collect();
        assert_eq!(places, [0, 1, 2, 3]);
        assert_eq!((slots.remove(1), slots.remove(1), slots.remove(9)), (Some("b"), None, None));
        assert_eq!((slots.remove(3), slots.len()), (Some("d"), 2));
        assert_eq!((slots.add("e"), slots.add("f"), slots.add("g")), (3, 1, 4));
        slots.retain(|v| *v != "a" && *v != "c");
        assert_eq!(slots.iter().collect::<Vec<_>>(), [(1, &"f"), (3, &"e"), (4, &"g")]);
        assert_eq!((slots.get(0).is_none(), slots.add("h")), (true, 2));
        slots.iter_mut().for_each(|(_, v)| *v = "x");
        assert_eq!((slots[2], slots.get_mut(0)), ("x", None));
    }
}
