"""Knowledge bases: documents and code in LanceDB tables, kept up to date."""
