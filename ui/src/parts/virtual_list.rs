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
