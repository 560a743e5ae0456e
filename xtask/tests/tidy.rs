//! The repository keeps the house rules that a machine can check.

#[test]
fn the_repository_keeps_its_house_rules() -> anyhow::Result<()> {
    let found: Vec<String> = xtask::tidy::findings()?.iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "broken rules:\n{}", found.join("\n"));
    Ok(())
}
