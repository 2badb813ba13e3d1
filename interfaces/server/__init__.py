"""The HTTP server: the application with all its routes and middleware, run by uvicorn."""
