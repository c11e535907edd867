//! Programs of these tests need a guardian, and the program of tests is it.

use latchkey_system::programs::guardian;

#[test]
pub fn this_program_of_tests_guards_others() {
    guardian::stand_guard_in_test("testing::guardian::this_program_of_tests_guards_others");
}
