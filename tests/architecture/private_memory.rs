//! What people run keeps its memory to itself.

use super::read;

#[test]
fn what_people_run_keeps_its_memory_to_itself() {
    for main in ["src-tauri/main.rs", "crates/vault/src/main.rs"] {
        let text = read(main);
        assert!(text.contains("#[global_allocator]\nstatic ALLOCATOR: WipingAllocator"), "{main} wipes");
        assert!(text.contains("private_memory::keep()"), "{main} shuts others out");
    }
    // Only a build with debug assertions lets itself be looked into.
    let cargo = read("Cargo.toml");
    let quick = cargo.split("[profile.quick]").nth(1).unwrap().split("\n[").next().unwrap();
    assert!(quick.contains("inherits = \"release\""), "{quick}");
    assert!(!cargo.contains("debug-assertions"), "no profile of its own has them");
    let run = read("run");
    let last = run.lines().rfind(|line| line.starts_with("exec cargo run ")).unwrap();
    assert!(last.contains("--profile quick"), "{last}");
}
