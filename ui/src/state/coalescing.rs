//! One request at a time: what is asked for while one is under way goes out when it is back, once and in its newest
//! form. So nothing storms, nothing waits for a timer, and answers come in the order of their questions.

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coalescing {
    #[default]
    Idle,
    Busy,
    /// Something newer waits for the request that is under way.
    BusyAndStale,
}

impl Coalescing {
    /// Asks for a turn; whether it begins now.
    pub fn take(&mut self) -> bool {
        let begins = *self == Self::Idle;
        *self = if begins { Self::Busy } else { Self::BusyAndStale };
        begins
    }

    /// Ends a turn; whether another one follows at once.
    pub fn pass(&mut self) -> bool {
        let again = *self == Self::BusyAndStale;
        *self = if again { Self::Busy } else { Self::Idle };
        again
    }
}

#[cfg(test)]
mod tests {
    use super::Coalescing;

    #[test]
    fn a_burst_of_changes_makes_two_requests() {
        let mut coalescing = Coalescing::default();
        assert!(coalescing.take(), "the first change goes out at once");
        for _ in 0..50 {
            assert!(!coalescing.take(), "nothing goes out while a request is under way");
        }
        assert!(coalescing.pass(), "the fifty that waited go out as one");
        assert!(!coalescing.pass(), "and then there is nothing left");
        assert!(coalescing.take(), "a later change goes out at once again");
    }
}
