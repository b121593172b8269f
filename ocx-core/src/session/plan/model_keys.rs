//! Variables that hold the key of a model provider.

use crate::host::Host;

/// The providers whose keys the host has in a variable.
pub(crate) fn providers_with_keys(host: &Host) -> impl Iterator<Item = &'static str> {
    model_keys_of(host).flat_map(|(_, _, providers)| providers.iter().copied())
}

/// The variables with keys that the host has: name, value and providers.
pub(crate) fn model_keys_of(
    host: &Host,
) -> impl Iterator<Item = (&'static str, &str, &'static [&'static str])> {
    MODEL_KEYS.iter().filter_map(|&(variable, providers)| {
        let value = host.variable(variable).filter(|key| !key.is_empty())?;
        Some((variable, value, providers))
    })
}

/// Variables that hold the key of model providers and nothing else, with the providers that opencode
/// takes it for. They pass into a session if they are set and the session gets one of the providers.
/// Variables that open more than a model, such as `GITHUB_TOKEN` or `AWS_*`, need `env_passthrough`.
///
/// The names stand in the list of providers that is compiled into opencode 1.18.34, a copy of
/// <https://models.dev/api.json>.
pub(super) const MODEL_KEYS: &[(&str, &[&str])] = &[
    ("ANTHROPIC_API_KEY", &["anthropic"]),
    ("AZURE_API_KEY", &["azure"]),
    (
        "AZURE_COGNITIVE_SERVICES_API_KEY",
        &["azure-cognitive-services"],
    ),
    ("BASETEN_API_KEY", &["baseten"]),
    ("CEREBRAS_API_KEY", &["cerebras"]),
    ("CHUTES_API_KEY", &["chutes"]),
    ("COHERE_API_KEY", &["cohere"]),
    ("DASHSCOPE_API_KEY", &["alibaba", "alibaba-cn"]),
    ("DEEPINFRA_API_KEY", &["deepinfra"]),
    ("DEEPSEEK_API_KEY", &["deepseek"]),
    ("FIREWORKS_API_KEY", &["fireworks-ai"]),
    ("GEMINI_API_KEY", &["google"]),
    ("GOOGLE_GENERATIVE_AI_API_KEY", &["google"]),
    ("GROQ_API_KEY", &["groq"]),
    ("INFERENCE_API_KEY", &["inference"]),
    (
        "KIMI_API_KEY",
        &[
            "kimi-code-plan-cn",
            "kimi-code-plan-global",
            "kimi-for-coding",
        ],
    ),
    ("LMSTUDIO_API_KEY", &["lmstudio"]),
    (
        "MINIMAX_API_KEY",
        &[
            "minimax",
            "minimax-cn",
            "minimax-cn-coding-plan",
            "minimax-coding-plan",
        ],
    ),
    ("MISTRAL_API_KEY", &["mistral"]),
    ("MOONSHOT_API_KEY", &["moonshotai", "moonshotai-cn"]),
    ("NEBIUS_API_KEY", &["nebius"]),
    ("NVIDIA_API_KEY", &["nvidia"]),
    ("OLLAMA_API_KEY", &["ollama-cloud"]),
    ("OPENAI_API_KEY", &["openai"]),
    ("OPENCODE_API_KEY", &["opencode", "opencode-go"]),
    ("OPENROUTER_API_KEY", &["openrouter"]),
    ("PERPLEXITY_API_KEY", &["perplexity", "perplexity-agent"]),
    ("REQUESTY_API_KEY", &["requesty"]),
    ("SYNTHETIC_API_KEY", &["synthetic"]),
    ("TOGETHER_API_KEY", &["togetherai"]),
    ("UPSTAGE_API_KEY", &["upstage"]),
    ("V0_API_KEY", &["v0"]),
    ("VENICE_API_KEY", &["venice"]),
    ("WANDB_API_KEY", &["wandb"]),
    ("XAI_API_KEY", &["xai"]),
    ("ZENMUX_API_KEY", &["zenmux"]),
    (
        "ZHIPU_API_KEY",
        &["zai", "zai-coding-plan", "zhipuai", "zhipuai-coding-plan"],
    ),
];
