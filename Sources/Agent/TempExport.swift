extension RunSession { package func finishExport() -> ExportSummary? { nil } }
