"""The registration desk's widgets: identity, patient card, clinic sessions, fee."""
