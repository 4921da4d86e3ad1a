# The command line and the pages; the server is a service of its own (docker-compose.yml).
FROM python:3.11-slim
WORKDIR /app
COPY . .
RUN pip install --no-cache-dir uv && uv pip install --system --constraint constraints.txt '.[all]'
EXPOSE 8501
CMD ["kgp", "serve", "--host", "0.0.0.0", "--port", "8501"]
