//! Which rows of a long list are in view, and where they stand.

use std::ops::Range;

/// Browsers stop growing an element somewhere above 16 million device pixels; a canvas of this height stays below
/// it at 200% zoom, and what is longer is scrolled in proportion.
const CANVAS_LIMIT: f64 = 8_000_000.0;

/// The measures of a list of rows of one height, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures {
    pub rows: usize,
    pub row_height: f64,
    pub view_height: f64,
}

impl Measures {
    /// The height of the element that is scrolled.
    pub fn canvas_height(&self) -> f64 {
        self.full_height().min(CANVAS_LIMIT)
    }

    /// The rows to draw when the canvas is scrolled to `scroll_top`, `overscan` more on either side.
    pub fn rows_at(&self, scroll_top: f64, overscan: usize) -> Range<usize> {
        let top = self.list_top(scroll_top);
        let first = (top / self.row_height) as usize;
        let last = ((top + self.view_height) / self.row_height).ceil() as usize;
        first.saturating_sub(overscan).min(self.rows)..(last + overscan).min(self.rows)
    }

    /// Where `row` stands on the canvas while it is scrolled to `scroll_top`.
    pub fn row_top(&self, row: usize, scroll_top: f64) -> f64 {
        row as f64 * self.row_height - self.list_top(scroll_top) + scroll_top
    }

    /// The scroll position nearest to `scroll_top` that shows the whole of `row`; None if it is shown already.
    pub fn scroll_to(&self, row: usize, scroll_top: f64) -> Option<f64> {
        let top = self.list_top(scroll_top);
        let row_top = row as f64 * self.row_height;
        let wanted = if row_top < top {
            row_top
        } else if row_top + self.row_height > top + self.view_height {
            row_top + self.row_height - self.view_height
        } else {
            return None;
        };
        Some(wanted.max(0.0) / self.scale())
    }

    fn full_height(&self) -> f64 {
        self.rows as f64 * self.row_height
    }

    /// Pixels of the list for one pixel of scrolling.
    fn scale(&self) -> f64 {
        let canvas_travel = self.canvas_height() - self.view_height;
        if canvas_travel <= 0.0 { 1.0 } else { (self.full_height() - self.view_height) / canvas_travel }
    }

    fn list_top(&self, scroll_top: f64) -> f64 {
        (scroll_top.max(0.0) * self.scale()).min((self.full_height() - self.view_height).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{CANVAS_LIMIT, Measures};

    fn measures(rows: usize) -> Measures {
        Measures { rows, row_height: 30.0, view_height: 600.0 }
    }

    #[test]
    fn a_short_list_is_scrolled_pixel_by_pixel() {
        let list = measures(100);
        assert_eq!(list.canvas_height(), 3_000.0);
        assert_eq!(list.rows_at(0.0, 0), 0..20);
        assert_eq!(list.rows_at(45.0, 0), 1..22, "a row that is cut at the edge counts");
        assert_eq!(list.rows_at(2_400.0, 5), 75..100, "there is nothing to draw below the last row");
        assert_eq!(list.row_top(10, 45.0), 300.0);
    }

    #[test]
    fn every_row_of_half_a_million_can_be_reached() {
        let list = measures(500_000);
        assert_eq!(list.canvas_height(), CANVAS_LIMIT, "browsers would cut 15 million pixels at some zooms");
        let bottom = list.canvas_height() - list.view_height;
        assert_eq!(list.rows_at(bottom, 0).end, 500_000, "the end of the canvas is the end of the list");
        for row in [0, 1, 19, 20, 123_456, 499_979, 499_999] {
            let scroll_top = list.scroll_to(row, bottom / 3.0).unwrap();
            let top = list.row_top(row, scroll_top) - scroll_top;
            assert!(
                (-0.001..=570.001).contains(&top),
                "row {row} stands at {top} of a view that is 600 pixels high"
            );
        }
    }

    #[test]
    fn a_row_in_view_is_not_scrolled_to() {
        assert_eq!(measures(100).scroll_to(5, 100.0), None);
        assert_eq!(measures(100).scroll_to(3, 100.0), Some(90.0), "a row that is cut is shown whole");
        assert_eq!(measures(5).scroll_to(4, 0.0), None, "a list that fits never scrolls");
    }

    #[test]
    fn an_empty_list_has_no_rows() {
        assert_eq!(measures(0).rows_at(0.0, 6), 0..0);
        assert_eq!(measures(0).canvas_height(), 0.0);
    }
}
