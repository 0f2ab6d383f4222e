//! Runs one suite against every kind of store.

/// For each name, a test that hands `<name>` a fresh store of each kind.
macro_rules! for_each_store {
    ($($name:ident),* $(,)?) => {
        mod embedded {
            $(
                #[tokio::test]
                async fn $name() {
                    let fresh = crate::store::fresh().await;
                    super::$name(&fresh.store).await;
                }
            )*
        }
    };
}
