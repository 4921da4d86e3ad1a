"""The script that Streamlit runs; in a folder of its own: beside it Streamlit would run `pages` itself."""
