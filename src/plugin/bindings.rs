//! The host's side of `wit/v1`, generated: the exports that it calls and the imports that it has.

wasmtime::component::bindgen!({
    path: "wit/v1",
    inline: "
        package cicerone:host;
        world v1 {
            import cicerone:plugin/log@1.0.0;
            import cicerone:plugin/runtime@1.0.0;
            import cicerone:plugin/config@1.0.0;
            import cicerone:plugin/session@1.0.0;
            import cicerone:plugin/kv@1.0.0;
            import cicerone:plugin/http@1.0.0;
            import cicerone:plugin/secrets@1.0.0;
            import cicerone:plugin/progress@1.0.0;
            import cicerone:plugin/events@1.0.0;
            export cicerone:plugin/tools@1.0.0;
        }
    ",
    world: "cicerone:host/v1",
    imports: { default: async | trappable },
    exports: { default: async },
});

/// The host's side of `wit/understanding/v1`, which a component exports if it wants to.
pub(super) mod understanding {
    wasmtime::component::bindgen!({
        path: "wit/understanding/v1",
        inline: "
            package cicerone:host;
            world understanding {
                export cicerone:understanding/classify@1.0.0;
            }
        ",
        world: "cicerone:host/understanding",
        exports: { default: async },
        additional_derives: [PartialEq, serde::Deserialize, serde::Serialize],
    });

    pub(crate) use exports::cicerone::understanding::classify::{
        Command, Guest, GuestIndices, Request,
    };
}
