//! Runs one suite against every kind of store.

/// For each name, a test that hands `<name>` a fresh store of each kind.
macro_rules! for_each_store {
    (@redis $kind:ident $fresh:ident $($name:ident),*) => {
        mod $kind {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(&crate::redis::$fresh().await).await;
                }
            )*
        }
    };
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
        for_each_store!(@redis redis fresh $($name),*);
        for_each_store!(@redis cluster fresh_on_cluster $($name),*);
        for_each_store!(@redis scripts fresh_with_scripts $($name),*);
    };
}
