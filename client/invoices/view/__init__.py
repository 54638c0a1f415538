"""The invoices desk's widgets: lists with their filters, and the panel with details and forms."""
